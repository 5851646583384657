"""`tides efficiency --as-operated`: the tables of a bridge in, the efficiency of what it really did out."""

import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from astropy.table import Table

from tests.unit.efficiency.snana_files import a_point, an_event, write_pair
from tides.__main__ import main
from tides.functions.functions import read_function
from tides.settings.model import load_settings

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
MJD = 61041
"""The day of FIRST."""

FUNCTION = {"filters": ["r"], "significance": 5, "magLimit": 22}
OUTAGE = range(10, 20)
"""The days without a run."""


@pytest.fixture
def operated(database, monkeypatch):
    """A bridge that ran four times a day from FIRST on for 60 days, but for an outage. Gives its connection."""
    login = psycopg.conninfo.conninfo_to_dict(database)
    described = {"conn_type": "postgres", "host": login["host"], "port": int(login["port"]), "login": login["user"],
                 "password": login.get("password", ""), "schema": login["dbname"]}  # fmt: skip
    monkeypatch.setenv("AIRFLOW_CONN_TIDES_DB", json.dumps(described))
    with psycopg.connect(database, autocommit=True) as connection:
        for hour in range(0, 60 * 24, 6):
            start = FIRST + timedelta(hours=hour)
            if hour // 24 not in OUTAGE:
                connection.execute(
                    "INSERT INTO tides.bridge_run VALUES (%s, 'live', %s, %s, NULL, NULL, %s, '{}', 'r', 'v')",
                    (f"run {hour}", start, start + timedelta(minutes=30), hour != 6),
                )
        for day in range(-3, 60):
            night = int(f"{FIRST + timedelta(days=day):%Y%m%d}")
            connection.execute("INSERT INTO tides.survey_night VALUES ('lsst', %s, 9)", (night,))
        epoch(connection, "filter", "lsst", 0, {"conditions": 'nPosDiaSources >= 1 AND class IN ("SN", "NT")'})
        epoch(connection, "function", "lsst/mine", 0, as_recorded(FUNCTION | {"magLimit": 19}))
        epoch(connection, "function", "lsst/mine", 5, as_recorded(FUNCTION))
        live = load_settings().live.model_dump(mode="json")
        epoch(connection, "limits", "live", 0, live | {"of_a_later_version": 1})
        yield connection


def as_recorded(keys):
    return {"hash": read_function("the test", "mine", keys).hash, "says": json.dumps(keys), "target": "live"}


def epoch(connection, kind, subject, day, content):
    connection.execute(
        "INSERT INTO tides.selection_epoch (kind, subject, content, since, run_id) VALUES (%s, %s, %s, %s, 'r')",
        (kind, subject, json.dumps(content), FIRST + timedelta(days=day, hours=0.1)),
    )


def light_curve(day):
    """A supernova of 20 mag that is seen each third day from a day on."""
    return [a_point(MJD + day + later + 0.1) for later in range(0, 30, 3)]


def run(tmp_path, *arguments, dates=("2026-01-01", "2026-02-01")):
    given = ["--function", "mine", "--out", str(tmp_path / "out"), "--by", "z", "--as-operated", *dates]
    return main(["efficiency", *given, *map(str, arguments)])


def test_the_efficiency_is_that_of_what_the_bridge_did(tmp_path, capsys, operated):
    """Of four events one peaks too early; the others trigger before the edit, in the outage, and after it."""
    peaks = {-8: -5.0, 1: 3.0, 12: 15.0, 24: 30.0}
    events = [an_event(str(day), light_curve(day), SIM_PEAKMJD=MJD + peak) for day, peak in peaks.items()]
    head = write_pair(tmp_path, events)
    operated.execute(
        "INSERT INTO tides.event (kind, subject, detail, opened_at, closed_at) VALUES"
        " ('held by the guard', 'created', '{}', '2026-01-25 01:00+00', '2026-01-29 00:00+00'),"
        " ('held by the guard', 'faint', '{}', '2026-01-01 05:00+00', NULL)"
    )
    assert run(tmp_path, "--simulation", head) == 0
    out = capsys.readouterr().out
    for said in (
        "mine as operated from 2026-01-01 to 2026-02-01, relative to simulated triggers",
        "events that peak from 2026-01-01 00:00 UTC to 2026-02-01 00:00 UTC, followed until 2026-03-01 18:30 UTC",
        'passes where unknown: filter class IN ("SN", "NT") (no simulation tells it)',
        "1 live runs ended badly",
        "creates were held from 2026-01-25 01:00 UTC until 2026-01-29 00:00 UTC",
    ):
        assert said in out
    rows = Table.read(tmp_path / "out" / "events.ecsv")
    assert rows["id"].tolist() == ["1", "12", "24"]
    assert rows["selected"].tolist() == [True, True, True]
    # The edit judged the first event; the second one waited for the first run after the outage.
    assert (rows["known_mjd"] - MJD).tolist() == pytest.approx([5 + 0.5 / 24, 20 + 0.5 / 24, 24 + 6.5 / 24])
    assert (rows["known_mjd"] - rows["trigger_mjd"]).tolist() == pytest.approx([3.92, 7.92, 0.17], abs=0.01)
    counted = Table.read(tmp_path / "out" / "efficiency_z.ecsv").meta["as_operated"]
    assert counted["longest_time_without_a_good_run_days"] == pytest.approx(10.25)
    assert [each["since"] for each in counted["definitions"]] == ["2026-01-01 00:06 UTC", "2026-01-06 00:06 UTC"]


def test_a_simulation_of_another_time_is_moved(tmp_path, capsys, operated):
    events = [an_event("1", [point | {"MJD": point["MJD"] + 1000} for point in light_curve(6)], SIM_PEAKMJD=MJD + 1010)]
    head = write_pair(tmp_path, events)
    assert run(tmp_path, "--simulation", head) == 1
    assert "no event peaks in this time (they peak from 2028-10-07 to 2028-10-07)" in capsys.readouterr().err
    assert run(tmp_path, "--simulation", head, "--shift-days", -1000) == 0
    table = Table.read(tmp_path / "out" / "events.ecsv")
    assert table["trigger_mjd"].tolist() == pytest.approx([MJD + 6.1])
    assert table.meta["as_operated"]["shift_days"] == -1000


def a_target(connection, number, *, control=False, spectrum=False, day=8, redshift=0.11, kind="SN Ia"):
    """A target that was selected on a day, with what TNS and 4MOST say of it."""
    connection.execute(
        "INSERT INTO tides.tides_master (tides_id, name, ra, dec, position_survey, reachable, template)"
        " OVERRIDING SYSTEM VALUE VALUES (%s, %s, 150, -30, 'lsst', true, 'tides-sn')",
        (number, f"TiDES26{number}"),
    )
    connection.execute(
        "INSERT INTO tides.tides_alias (survey, object_id, tides_id) VALUES ('lsst', %s, %s)", (str(number), number)
    )
    connection.execute(
        "INSERT INTO tides.selection (lane, stream, survey, object_id, function, function_hash, input_hash, passed,"
        " criteria, trigger_jd, detections, code_version, run_id, merged_at, control)"
        " VALUES ('live', 'lsst', 'lsst', %s, 'mine', (SELECT content ->> 'hash' FROM tides.selection_epoch"
        " WHERE kind = 'function' ORDER BY selection_epoch_id DESC LIMIT 1), '', true, '[]', %s, 3, 'v', 'r', now(),"
        " %s)",
        (str(number), MJD + day + 2400000.5, control),
    )
    connection.execute(
        "INSERT INTO tides.tides_context (survey, object_id, tns_type, redshift) VALUES ('lsst', %s, %s, %s)",
        (str(number), kind, redshift),
    )
    connection.execute(
        "INSERT INTO tides.target_band (tides_id, survey, band, brightest_mag) VALUES (%s, 'lsst', 'r', 21.1)",
        (number,),
    )
    if spectrum:
        connection.execute(
            "INSERT INTO tides.tides_spectrum VALUES (%s, '2026-01-20', 'complete', 20, 'test', now())", (number,)
        )


def test_real_targets_and_the_control_sample_tell_the_efficiency_in_the_same_bins(tmp_path, capsys, operated):
    """Half of the selected have a spectrum, and one of two controls, which are a fifth of what fails the criterion."""
    controlled = FUNCTION | {"control": {"fails": "magLimit", "fraction": 0.2, "seed": 1}}
    epoch(operated, "function", "lsst/mine", 6, as_recorded(controlled))
    for number in range(1, 11):
        a_target(operated, number, spectrum=number % 2 == 0, redshift=0.11 if number < 7 else 0.31)
    a_target(operated, 11, control=True, spectrum=True)
    a_target(operated, 12, control=True)
    a_target(operated, 13, day=40, spectrum=True)
    head = write_pair(tmp_path, [an_event("1", light_curve(8), SIM_PEAKMJD=MJD + 10)])
    assert run(tmp_path, "--simulation", head, "--by", "z", "mag_r,type", "mwebv", "--format", "svg") == 0
    said = "10 by the function, of which 5 have a good spectrum, and 2 of its control sample, of which 1 have one"
    assert said in capsys.readouterr().out
    rows = Table.read(tmp_path / "out" / "empirical_z.ecsv")
    assert rows["z_low"].tolist() == [0.1, 0.3]
    assert (rows["n"].tolist(), rows["k"].tolist()) == ([4, 2], [3, 2])
    # Three stand for two each, the control for two of ten.
    assert rows["efficiency"].tolist() == pytest.approx([6 / (6 + 10), 1])
    assert "of real targets" in rows.meta["relative_to"]
    assert "<!-- redshift (TNS) -->" in (tmp_path / "out" / "empirical_z.svg").read_text()
    both = Table.read(tmp_path / "out" / "empirical_mag_r_type.ecsv")
    assert (both["mag_r_low"].tolist(), both["type"].tolist(), both["n"].tolist()) == ([21.0], ["SN Ia"], [6])
    assert not (tmp_path / "out" / "empirical_mwebv.ecsv").exists()


def test_without_spectra_of_a_control_sample_real_targets_tell_nothing(tmp_path, capsys, operated):
    a_target(operated, 1, spectrum=True)
    head = write_pair(tmp_path, [an_event("1", light_curve(8), SIM_PEAKMJD=MJD + 10)])
    assert run(tmp_path, "--simulation", head) == 0
    assert "no target of a control sample has a spectrum" in capsys.readouterr().out
    assert not list((tmp_path / "out").glob("empirical*"))


def test_what_the_record_does_not_have_is_said(tmp_path, capsys, operated):
    head = write_pair(tmp_path, [an_event("1", light_curve(1), SIM_PEAKMJD=MJD + 2)])
    for arguments, dates, said in (
        ((), ("2026-01-01", "soon"), "--as-operated soon: write a date, such as 2027-01-31"),
        ((), ("2026-02-01", "2026-01-01"), "begins after its end"),
        (("--filter", "nPosDiaSources >= 3"), ("2026-01-01", "2026-02-01"), "the filters are those of the record"),
        (("--function", "none"), ("2026-01-01", "2026-02-01"), "no stream of lsst ever used none"),
    ):
        assert run(tmp_path, "--simulation", head, *arguments, dates=dates) == 1
        assert said in capsys.readouterr().err
    operated.execute("TRUNCATE tides.bridge_run CASCADE")
    assert run(tmp_path, "--simulation", head) == 1
    assert "no live run of this bridge has ended well yet" in capsys.readouterr().err
