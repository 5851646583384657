"""After an outage of days: read in order, judged newest first in bounded runs, and nothing deactivated meanwhile."""

from datetime import datetime, timedelta

import psycopg
import pytest

from tests.builders import AN_ID, NOW, an_lsst_message
from tides.runs.context import RunContext

NIGHTS = range(20, 0, -1)
ROOM = 10
SEEN_ON, NOT_SEEN = AN_ID, AN_ID + 1


def others(nights):
    """Three objects a night, each detected up to that night; one of them is a neighbour of NOT_SEEN."""
    ids = ((night, AN_ID + 100 + 3 * night + k, k) for night in nights for k in range(3))
    return [
        an_lsst_message(i, days_ago=night, ra=150.0 + NOT_SEEN % 2, dec=-30 - night / 1000)
        if k == 0
        else an_lsst_message(i, days_ago=night, ra=i % 300, dec=-10.0 - i % 50)
        for night, i, k in ids
    ]


def live_targets(bridge):
    query = "SELECT object_id FROM tides.tides_alias JOIN tides.tides_master USING (tides_id) WHERE active"
    return {int(row["object_id"]) for row in bridge.rows(query)}


def judged(bridge):
    return {int(row["object_id"]) for row in bridge.rows("SELECT object_id FROM tides.candidate WHERE NOT waiting")}


def waiting(text, stream):
    """What a report says of a stream's backlog: messages, candidates, hours of quota, when it will be done."""
    rows = text.split("## Waiting")[1].split("##")[0].splitlines()
    (row,) = [row for row in rows if row.startswith(f"| {stream}")]
    return tuple(cell.strip() for cell in row.split("|")[2:6])


@pytest.fixture
def after_outage(make_bridge):
    """A bridge with two live targets that last ran 24 days ago; since then 20 nights of messages have come."""
    rooms = {"objects_a_run": ROOM}
    bridge = make_bridge(evaluation=rooms, drain={"batch_messages": 5})
    for object_id in (SEEN_ON, NOT_SEEN):
        bridge.publish("lsst", an_lsst_message(object_id, days_ago=25, ra=150.0 + object_id % 2))
    bridge.drain("lsst")
    bridge.evaluate()
    bridge.remember()
    bridge.connection.execute("UPDATE tides.stream_offset SET caught_up_at = now() - interval '24 days'")
    assert live_targets(bridge) == {SEEN_ON, NOT_SEEN}
    bridge.publish("lsst", *others(NIGHTS), an_lsst_message(SEEN_ON, days_ago=1, nights=20, ra=150.0 + SEEN_ON % 2))
    return bridge


def test_nothing_is_deactivated_for_nights_of_which_the_stream_is_not_read_to_its_end(after_outage):
    bridge, in_the_middle = after_outage, AN_ID + 100 + 3 * 3
    bridge.connection.execute(
        f"ALTER TABLE tides.candidate ADD CONSTRAINT broken CHECK (object_id <> '{in_the_middle}')"
    )
    with pytest.raises(psycopg.errors.CheckViolation):
        bridge.drain("lsst")
    assert bridge.row("SELECT count(*) AS n FROM tides.survey_night WHERE objects >= 2")["n"] > 14
    bridge.evaluate()
    bridge.remember()
    assert {SEEN_ON, NOT_SEEN} <= live_targets(bridge)


def test_the_backlog_is_judged_newest_first_in_bounded_runs_and_the_report_says_when_it_will_be_done(after_outage):
    bridge, reports = after_outage, []
    before, runs = judged(bridge), 0
    while bridge.row("SELECT count(*) AS n FROM tides.candidate WHERE waiting")["n"] or not runs:
        run = RunContext(f"run {runs}")
        drained = bridge.drain("lsst", run)
        bridge.evaluate(run)
        bridge.remember(run)
        reports.append(bridge.report(run, NOW, [drained]))
        runs += 1
        assert SEEN_ON in live_targets(bridge)
        if runs == 1:
            newest = {AN_ID + 100 + 3 * night + k for night in (1, 2) for k in range(3)}
            oldest = {AN_ID + 100 + 3 * 20 + k for k in range(3)}
            first = judged(bridge) - before
            assert newest <= first
            assert len(first & oldest) == ROOM // 5
            assert len(first | {SEEN_ON}) <= ROOM + 1
    assert runs == 7, "61 objects wait, ten are judged a run"
    assert NOT_SEEN not in live_targets(bridge), "read to the end: it has not been seen for 20 nights"
    assert waiting(reports[0], "lsst") == ("", "51", "", "not in sight: it does not shrink")
    assert waiting(reports[0], "ztf") == ("unknown", "", "", "unknown: its drain failed")
    for text in reports[1:-1]:
        assert datetime.fromisoformat(waiting(text, "lsst")[3]) >= NOW.replace(tzinfo=None)
    assert "| lsst" not in reports[-1].split("## Waiting")[1].split("##")[0], "nothing waits"


def test_hours_of_the_quota_are_counted_for_what_has_to_be_fetched(make_bridge):
    bridge = make_bridge(lasair={"calls_an_hour": 2})
    bridge.publish("lsst", *[an_lsst_message(AN_ID + n, light_curve=False) for n in range(5)])
    drained = bridge.drain("lsst")
    text = bridge.report(RunContext("run"), NOW - timedelta(hours=1), [drained])
    assert waiting(text, "lsst")[:3] == ("", "5", "2.5")
