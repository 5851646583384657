"""`check --from-database`: any function on what the live lane has stored, as the bridge would judge it."""

import csv
from datetime import timedelta

import yaml

from tests.builders import AN_ID, NOW, an_lsst_message
from tides.__main__ import main
from tides.checks import stored
from tides.functions.functions import DEFAULT_FILE

IDS = [AN_ID + n for n in range(5)]
GOOD, CHANGED, AGN, OLD, EMPTY = IDS
NIGHTS = [f"{NOW - timedelta(days=days):%Y-%m-%d}" for days in (5, 0)]


def take_in(bridge):
    """A supernova, one that Sherlock renamed, an active galaxy, an old supernova, and one without a light curve."""
    bridge.take_in("lsst", an_lsst_message(CHANGED, days_ago=3, ra=20.0))
    bridge.take_in(
        "lsst",
        an_lsst_message(GOOD, days_ago=2),
        an_lsst_message(CHANGED, days_ago=2, nights=5, ra=20.0, sherlock="AGN"),
        an_lsst_message(AGN, days_ago=2, ra=40.0, sherlock="AGN"),
        an_lsst_message(OLD, days_ago=40, ra=60.0),
    )
    bridge.publish("lsst", an_lsst_message(EMPTY, days_ago=2, ra=80.0, light_curve=False))
    bridge.drain("lsst")


def checked(tmp_path, *args):
    code = main(["check", "--from-database", *args, "--csv", str(tmp_path / "verdicts.csv")])
    with (tmp_path / "verdicts.csv").open() as file:
        return code, {int(row["objectId"]): row for row in csv.DictReader(file)}


def test_stored_candidates_are_judged_as_the_bridge_judged_them_and_by_any_function(
    bridge, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(stored, "OBJECTS_A_READ", 2)  # so that there are several reads
    take_in(bridge)
    written = bridge.rows("SELECT xmin::text, ctid::text FROM tides.candidate ORDER BY ctid")
    code, rows = checked(tmp_path, *NIGHTS, "--function", "tidesSNLSST")
    assert code == 0
    assert [each["passed"] for each in (rows.pop(EMPTY), *rows.values())] == ["", "true", "true", "false"]
    newest = (
        "SELECT passed, passes_now, trigger_jd FROM tides.selection WHERE object_id = %s ORDER BY selection_id DESC"
    )
    for object_id, row in rows.items():
        judged = bridge.row(f"{newest} LIMIT 1", str(object_id))
        answers = {"true": True, "false": False}
        assert judged == {
            "passed": answers[row["passed"]],
            "passes_now": answers[row["passes_now"]],
            "trigger_jd": float(row["trigger_jd"]) if row["trigger_jd"] else None,
        }
    assert (rows[CHANGED]["passed"], rows[CHANGED]["passes_now"]) == ("true", "false")
    mine = tmp_path / "mine.yaml"
    own = {"filters": ["g", "r", "i"], "significance": 5, "minNights": 5}
    mine.write_text(DEFAULT_FILE.read_text() + yaml.safe_dump({"mine": own}))
    capsys.readouterr()
    code, rows = checked(tmp_path, *NIGHTS, "--functions", str(mine), "--function", "mine", "--against", "tidesSNLSST")
    assert [object_id for object_id, row in rows.items() if row["passed"] == "true"] == [CHANGED]
    said = capsys.readouterr().out
    assert f"on the candidates of the nights {' to '.join(NIGHTS)}" in said
    assert f"leaves {GOOD}" in said
    assert bridge.rows("SELECT xmin::text, ctid::text FROM tides.candidate ORDER BY ctid") == written


def test_nights_without_candidates_and_nights_that_are_none(bridge, tmp_path, capsys):
    code, rows = checked(tmp_path, "2019-01-01", "2019-01-02", "--function", "tidesSNLSST")
    assert (code, rows) == (1, {})
    assert "no candidate whose newest detection lies in these nights" in capsys.readouterr().out
    for nights in (("2026-13-01", "2026-13-02"), ("2026-11-02", "2026-11-01")):
        assert main(["check", "--from-database", *nights, "--function", "tidesSNLSST"]) != 0
        assert "--from-database" in capsys.readouterr().err
