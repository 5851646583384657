"""A list of objects judged on what the stand-in of Lasair serves, as the DAG `tides_check_objects` does it."""

import csv
import json

import pytest
import requests

from tides.checks.objects import asked_function, check_objects, stream_of
from tides.errors import SettingsError
from tides.hooks.lasair import LasairHook
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
    text = check_objects(stream, list(known), function, LasairHook(), calls.append, tmp_path / "new")
    with (tmp_path / "new" / "verdicts.csv").open(newline="") as file:
        rows = {row["objectId"]: row["passed"] for row in csv.DictReader(file)}
    assert rows == {object_id: "true" if word == "yes" else "false" for object_id, word in known.items()}
    assert len(list((tmp_path / "new").glob("*.png"))) == len(known)
    assert sum(calls) == (1 if survey == "ztf" else len(known))
    assert f"on 12 objects of {survey}" in text


def test_an_object_that_lasair_does_not_know_is_named_with_the_reason(truth, tmp_path):
    ids = [next(str(row["lsst"]) for row in truth if row["lsst"]), "42", "no id"]
    function = asked_function("tidesSNLSST", None)
    text = check_objects(stream_of(STREAMS, "lsst"), ids, function, LasairHook(), lambda n: None, tmp_path)
    assert "42: Lasair does not know this object" in text
    assert "no id: not an object id" in text


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
