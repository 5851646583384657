"""A verdict's row has what it found; the form of its criteria is stored once, and both give the criteria in full."""

import json
from collections.abc import Iterator

import pytest

from bench.verdicts import BYTES, GOAL, RUN, judged, store
from tests.unit.judgement.light_curves import a_function, random_light_curves
from tides.database.session import Connection, connect
from tides.evaluation.verdicts import store_verdicts
from tides.functions.functions import load_functions
from tides.judgement.judge import Subject, judge
from tides.judgement.summaries import SummaryLimits
from tides.settings.model import load_settings
from tides.surveys.survey import survey

OBJECTS = 40
CRITERIA = "SELECT object_id, function, criteria::text AS criteria FROM tides.verdict"


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with connect(database, load_settings().database, "test") as opened:
        yield opened


def as_jsonb(connection, value):
    """JSON as PostgreSQL writes its own type."""
    return connection.execute("SELECT %s::jsonb::text AS said", (json.dumps(value),)).fetchone()["said"]


def demand_criteria(connection, judgement):
    """Demands that each stored verdict gives the criteria that were judged, byte for byte."""
    said = {(row["object_id"], row["function"]): row["criteria"] for row in connection.execute(CRITERIA)}
    assert said == {(v.object_id, v.function): as_jsonb(connection, v.criteria) for v in judgement.verdicts}


@pytest.mark.parametrize("name", ["ztf", "lsst"])
def test_all_shipped_functions_come_back_byte_for_byte_from_rows_of_at_most_400_bytes(connection, name):
    judgement = judged(name, random_light_curves(name, OBJECTS, seed=7))
    store(connection, name, judgement)
    assert len(judgement.verdicts) == OBJECTS * len(load_functions())
    demand_criteria(connection, judgement)
    assert max(row["bytes"] for row in connection.execute(BYTES)) <= GOAL


def test_parts_notes_windows_and_texts_come_back(connection):
    # The columns lack for the second object, so that what asks for them is unknown.
    columns = {"sherlock_class": "SN", "ra_deg": 150.25, "dec_deg": 2.5, "name": 'a "name", ä\\n', "big": 10**30}
    raws = random_light_curves("lsst", 2, seed=7, points=20)
    subjects = [Subject(str(n), raw, columns if n == 0 else {}, None) for n, raw in enumerate(raws)]
    function = a_function(
        rise=0.1,
        currentMag={"limit": 22.5, "days": 3.5},
        column=[{"column": "name", "op": "!=", "value": "b"}, {"column": "big", "op": ">", "value": 1e-7}],
        any=[{"maxAge": 20, "classes": ["SN"]}, {"all": [{"declination": [-70, 5]}, {"any": [{"minBands": 2}]}]}],
    )
    judgement = judge(survey("lsst"), subjects, [function], SummaryLimits(5.0))
    store(connection, "lsst", judgement)
    demand_criteria(connection, judgement)
    notes = [criterion.get("note") for verdict in judgement.verdicts for criterion in verdict.criteria]
    assert "not known: name" in notes


def test_a_form_is_stored_once_and_stays(connection):
    for seed in (7, 8):
        store(connection, "lsst", judged("lsst", random_light_curves("lsst", OBJECTS, seed)))
    forms = connection.execute("SELECT count(*) AS n, max(form_id) AS last FROM tides.criteria_form").fetchone()
    assert forms == {"n": len(load_functions()), "last": len(load_functions())}
    with pytest.raises(Exception, match="append-only"):
        connection.execute("DELETE FROM tides.criteria_form")


def test_a_verdict_from_before_there_were_forms_is_read_as_it_was_written(connection):
    criteria = [{"name": "minBands", "held": None, "limit": 3, "value": 1.0, "note": "unknown"}]
    connection.execute(
        "INSERT INTO tides.selection (lane, stream, survey, object_id, function, function_hash, input_hash, passed,"
        " criteria, detections, code_version, run_id) VALUES ('live', 'lsst', 'lsst', 'A', 'f', 'h', 'i', true, %s, 1,"
        " 'code', 'run')",
        (json.dumps(criteria),),
    )
    assert [row["criteria"] for row in connection.execute(CRITERIA)] == [as_jsonb(connection, criteria)]


def test_a_verdict_whose_form_is_not_kept_is_refused(connection):
    judgement = judged("lsst", random_light_curves("lsst", 1, seed=7))
    store(connection, "lsst", judgement)
    with pytest.raises(Exception, match="selection_found_check"):
        connection.execute("UPDATE tides.selection SET form_id = NULL")
    assert store_verdicts(connection, RUN, "lsst", "lsst", [], {}) == {}
