"""A list of objects judged on what the stand-in of Lasair serves, as the DAG `tides_check_objects` does it."""

import csv
import json
import re
import sys

import pytest
import requests

from tests.builders import NOW
from tests.limits import LIMIT_S
from tides.checks.kept import LANE, keep
from tides.checks.objects import asked_function, check_objects, stream_of
from tides.errors import SettingsError, TidesError
from tides.hooks.lasair import LasairHook
from tides.journal.runs import Begun, begin
from tides.page.app import app
from tides.page.frame import READ
from tides.reports.rows import Checked
from tides.reports.words import criterion, verdict
from tides.runs.context import RunContext
from tides.settings.model import DEFAULT_FILE, load_settings

STREAMS = load_settings(DEFAULT_FILE).enabled_streams()


@pytest.fixture
def truth(outside, monkeypatch):
    """The sky's objects, with Lasair's connection set to its stand-in."""
    fields = {"conn_type": "lasair", "host": f"{outside.url}/api", "password": outside.lasair_token}
    monkeypatch.setenv("AIRFLOW_CONN_LASAIR_API", json.dumps(fields))
    return requests.get(f"{outside.url}/control/truth", timeout=60).json()["sources"]


@pytest.mark.parametrize(("survey", "name"), [("ztf", "tidesSNZTFSelect"), ("lsst", "tidesSNLSSTSelect")])
def test_each_object_gets_the_verdict_of_the_truth_and_a_plot(truth, tmp_path, survey, name):
    known = {str(row[survey]): row["functions"][name] for row in truth if row[survey]}
    known = dict([item for item in known.items() if item[1] != "either"][:12])
    calls = []
    stream, function = stream_of(STREAMS, survey), asked_function(name, None)
    answer = check_objects(stream, list(known), function, LasairHook(), calls.append, tmp_path / "new")
    with (tmp_path / "new" / "verdicts.csv").open(newline="") as file:
        rows = {row["objectId"]: row["passed"] for row in csv.DictReader(file)}
    assert rows == {object_id: "true" if word == "yes" else "false" for object_id, word in known.items()}
    assert len(list((tmp_path / "new").glob("*.png"))) == len(known)
    assert sum(calls) == (1 if survey == "ztf" else len(known))
    assert f"on 12 objects of {survey}" in answer.in_words()
    assert {row.object_id: row.passed for row in answer.rows} == {i: word == "yes" for i, word in known.items()}


def check_of(ids, folder):
    """The check of some objects of LSST by a shipped function."""
    function = asked_function("tidesSNLSST", None)
    return check_objects(stream_of(STREAMS, "lsst"), ids, function, LasairHook(), lambda n: None, folder)


def test_an_object_that_lasair_does_not_know_is_named_with_the_reason(truth, tmp_path):
    answer = check_of([next(str(row["lsst"]) for row in truth if row["lsst"]), "42", "no id"], tmp_path)
    text = answer.in_words()
    assert "42: Lasair does not know this object" in text
    assert "no id: not an object id" in text
    answer.demand_a_verdict()


def test_a_check_that_judged_nothing_says_so_and_why(truth, outside, tmp_path):
    with pytest.raises(SettingsError, match="none of the 2 could be judged; 42: Lasair does not know this object"):
        check_of(["42", "no id"], tmp_path).demand_a_verdict()
    outside.fault({"path": "/api/", "kind": "status", "status": 500})
    answer = check_of(["42", "43"], tmp_path)
    assert [(row.object_id, row.passed) for row in answer.rows] == [("42", None), ("43", None)]
    with pytest.raises(TidesError):
        answer.demand_a_verdict()


def test_what_is_said_of_each_object_is_kept_once_with_its_criteria_and_shown_with_the_report(
    truth, make_syncing, tmp_path, served
):
    bridge = make_syncing()
    known = next(str(row["lsst"]) for row in truth if row["lsst"])
    answer, run = check_of([known, "42", "<b>\0"], tmp_path), RunContext("check-1")
    begin(bridge.connection, Begun(run.run_id, LANE, NOW, dag_id="tides_check_objects"))
    for _ in range(2):
        keep(bridge.connection, run, NOW, answer)
    rows = bridge.rows("SELECT * FROM tides.checked_object ORDER BY passed NULLS LAST, object_id")
    assert [row["object_id"] for row in rows] == [known, "42", r"<b>\x00"]
    assert rows[0]["criteria"] == list(answer.rows[0].criteria) != []
    assert (rows[0]["error"], rows[1]["passed"]) == (None, None)
    assert rows[1]["error"].startswith("Lasair does not know this object")
    (kept,) = bridge.rows("SELECT lane, good, counts FROM tides.bridge_run")
    assert (kept["lane"], kept["good"], kept["counts"]["judged"]) == (LANE, True, 1)
    app.dependency_overrides[READ.dependency] = lambda: None
    shown = requests.get(f"{served}run?run_id=check-1&dag_id=tides_check_objects", timeout=LIMIT_S).text
    app.dependency_overrides.clear()
    words = " ".join(re.sub(r"<[^>]+>", " ", shown).split())
    assert "3 objects of lsst, by tidesSNLSST" in words
    assert f"{known} {'passes' if rows[0]['passed'] else 'fails'}" in words
    assert f"{rows[0]['criteria'][0]['name']} " in words
    assert "42 not judged – Lasair does not know this object" in words
    assert "&lt;b&gt;" in shown


def test_the_words_of_a_verdict_on_the_page():
    words = [
        verdict(Checked("1", "s", "f", passed, None, now, control, [], None, 1))
        for passed, now, control in (
            (None, None, False),
            (True, True, False),
            (True, False, False),
            (False, False, False),
        )
    ]
    assert words == ["not judged", "passes", "passed, and would not now", "fails"]
    part = {"name": "mag", "value": 20.5, "limit": 21, "held": True}
    both = {"name": "all", "value": 1, "limit": 2, "held": None, "note": "no class", "of": [part]}
    assert criterion(both) == "all 1, limit 2: unknown, no class (mag 20.5, limit 21: holds)"


def test_a_check_without_a_place_for_files_keeps_its_answer_in_the_database_alone(truth, make_syncing):
    bridge = make_syncing()
    answer = check_of([next(str(row["lsst"]) for row in truth if row["lsst"])], None)
    begin(bridge.connection, Begun("check-1", LANE, NOW, dag_id="tides_check_objects"))
    assert "Tables" not in keep(bridge.connection, RunContext("check-1"), NOW, answer, None)
    assert bridge.row("SELECT count(*) AS n FROM tides.checked_object WHERE passed IS NOT NULL")["n"] == 1


def test_a_check_without_matplotlib_writes_its_tables_and_says_why_there_is_no_plot(truth, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    answer = check_of([next(str(row["lsst"]) for row in truth if row["lsst"])], tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"verdicts.csv", "verdicts.parquet"}
    assert "plots need the extra `science` of the package" in answer.in_words("s3://bucket/run")


def test_an_empty_list_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="one object id a line"):
        check_objects(
            stream_of(STREAMS, "lsst"),
            [],
            asked_function("tidesSNLSST", None),
            None,
            lambda n: None,
            tmp_path,
        )


def test_a_function_written_into_the_form_is_taken_instead_of_the_named_one():
    written = asked_function("tidesSNLSST", "mine: {filters: [g], significance: 3, minNights: 1}")
    assert (written.name, written.filters) == ("mine", ("g",))
    assert asked_function("tidesSNLSST", "  \n").name == "tidesSNLSST"
    with pytest.raises(SettingsError, match="yaml: mine: unknown key minNight"):
        asked_function("tidesSNLSST", "mine: {filters: [g], significance: 3, minNight: 1}")
    with pytest.raises(SettingsError, match="holds 2 functions"):
        asked_function(
            "x", "a: {filters: [g], significance: 3, minNights: 1}\nb: {filters: [g], significance: 3, rise: 1}"
        )
