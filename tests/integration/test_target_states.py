"""What becomes of a target, as its history tells it: every step, why, and by which run."""

import re
from datetime import UTC, datetime

import psycopg
import pytest

from tests.builders import AN_ID, an_lsst_message
from tides.clock import jd_utc
from tides.journal.states import history, unexpected
from tides.runs.context import RunContext


def steps_of(bridge, tides_id=1):
    return [(row.step, row.reason) for row in history(bridge.connection, tides_id)]


def see(bridge, *, run=None, **columns):
    bridge.publish("lsst", an_lsst_message(**columns))
    bridge.drain("lsst")
    bridge.evaluate()
    bridge.remember(run or RunContext("run-1"))
    bridge.tell()


def test_the_way_of_a_target_is_told_step_by_step_with_the_reason_in_words(bridge, outside):
    see(bridge, days_ago=6, run=RunContext("the first run"))
    outside.ingest()
    see(bridge, days_ago=4, mag=23.5, run=RunContext("the second run"))
    see(bridge, days_ago=2, mag=21.0, run=RunContext("the third run"))
    (selected, created, switched_off, ingested, on_again) = history(bridge.connection, 1)
    assert selected.step == "selected"
    assert selected.reason.startswith(f"tidesSNLSST selects LSST {AN_ID}, trigger JD 24")
    assert selected.by == "the first run"
    (row,) = outside.rows()
    assert (created.step, created.by) == ("created", "run-1")
    assert created.reason == f"key {row['id']} at 4MOST as {row['name']}, learnt by: create"
    assert ingested.step == "ingested"
    assert ingested.reason.startswith("into 4MOST's operations system at 20")
    assert (switched_off.step, switched_off.by) == ("deactivated", "the second run")
    assert switched_off.reason.startswith("lsst: fainter than 22.5 in g, r, i since MJD 6")
    assert (on_again.step, on_again.by) == ("reactivated", "the third run")
    assert on_again.reason.startswith("lsst: 21.00 mag in the brightest of g, r, i, seen at MJD 6")


def test_a_target_that_is_not_live_from_the_start_says_why(bridge):
    see(bridge, mag=22.0, dec=45.0)
    assert [step for step, _ in steps_of(bridge)] == ["selected", "deactivated"]
    assert steps_of(bridge)[1][1] == "out of reach"


def test_not_seen_is_told_in_visits_of_the_place_and_days(make_bridge):
    bridge = make_bridge(live={"survey_night_objects": 1})
    see(bridge, days_ago=16.2)
    neighbours = [an_lsst_message(AN_ID + 50 + ago, days_ago=ago, nights=1, dec=-30.01) for ago in range(1, 16)]
    bridge.publish("lsst", *neighbours)
    bridge.drain("lsst")
    bridge.remember()
    assert steps_of(bridge)[-1][0] == "deactivated"
    found = re.fullmatch(
        r"lsst: not seen in (\d+) visits of its place since MJD ([\d.]+) \((\d+) d\)", steps_of(bridge)[-1][1]
    )
    visits, mjd, days = (float(value) for value in found.groups())
    assert 14 <= visits <= 16
    assert mjd == pytest.approx(jd_utc(datetime.now(UTC)) - 2400000.5 - 16.2, abs=0.3)
    assert days == 16


def test_a_run_that_changes_nothing_adds_nothing_to_the_history(bridge, outside):
    see(bridge, days_ago=6)
    see(bridge, days_ago=4, mag=23.5)
    outside.ingest()
    before = steps_of(bridge)
    bridge.run()
    bridge.run()
    assert steps_of(bridge) == before


def test_histories_keep_to_the_machine(bridge, outside):
    for days_ago, mag in ((9, 21.0), (7, 23.5), (5, 21.0), (3, 23.5)):
        see(bridge, days_ago=days_ago, mag=mag)
        see(bridge, days_ago=days_ago, mag=24.9 - mag / 10, object_id=AN_ID + 1, ra=10.0)
        outside.ingest()
    for tides_id in (1, 2):
        assert unexpected([step for step, _ in steps_of(bridge, tides_id)]) == []
    assert len(steps_of(bridge, 1)) == 6


def test_history_cannot_be_rewritten(bridge):
    see(bridge)
    for change in ("UPDATE tides.tides_history SET reason = ''", "DELETE FROM tides.tides_history"):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            bridge.connection.execute(change)
