"""The audit of one stream, against the stand-in's own sky: what is compared, what is counted, what it costs."""

import json
from datetime import UTC, datetime, timedelta
from statistics import median_low

import pytest

from tests.bridge import Bridge
from tests.builders import NOW, a_red_task
from tides.clock import jd_utc, utc
from tides.errors import AnswerBroken, QuotaSpent, SettingsError
from tides.hooks.lasair import LasairHook
from tides.journal.kinds import Kind
from tides.journal.red_tasks import Red
from tides.reports.audit import audit_report
from tides.runs.context import RunContext


def read_to_the_end(bridge: Bridge, stream: str = "lsst", moment: datetime = NOW) -> None:
    """As if the stream had been read to its end, and had brought nothing."""
    bridge.connection.execute(
        "INSERT INTO tides.stream_offset (lane, stream, partition, next_offset, caught_up_at)"
        " VALUES ('live', %s, 0, 0, %s)",
        (stream, moment),
    )


def candidates(bridge: Bridge) -> list[dict]:
    return bridge.rows("SELECT object_id, origin, messages, waiting, last_jd FROM tides.candidate ORDER BY object_id")


@pytest.mark.parametrize("stream", ["lsst", "ztf"])
def test_what_never_came_is_taken_in_as_a_candidate_that_waits_and_is_no_message(bridge, stream):
    read_to_the_end(bridge, stream)
    done = bridge.complete(stream)
    found = candidates(bridge)
    assert done.lost == len(found) > 10
    assert {(c["origin"], c["messages"], c["waiting"]) for c in found} == {("audit", 0, True)}
    assert bridge.rows("SELECT FROM tides.survey_night") == []


def test_the_losses_are_counted_by_day_once_an_audit_over_its_pages_and_tries(make_bridge):
    bridge = make_bridge(audit={"rows_a_call": 100})
    read_to_the_end(bridge)
    lost = bridge.complete("lsst").lost
    [event] = bridge.rows("SELECT subject, detail, closed_at FROM tides.event WHERE kind = %s", Kind.BROKER_LOST)
    assert event["subject"] == "lsst"
    assert event["closed_at"] is not None
    assert event["detail"]["objects"] == lost == sum(event["detail"]["days"].values())
    bridge.connection.execute(
        "DELETE FROM tides.candidate WHERE object_id = (SELECT min(object_id) FROM tides.candidate)"
    )
    assert bridge.complete("lsst").lost == 1
    [event] = bridge.rows("SELECT detail FROM tides.event WHERE kind = %s", Kind.BROKER_LOST)
    assert event["detail"]["objects"] == lost + 1


def test_an_audit_asks_page_by_page_and_as_much_as_in_one(make_bridge, outside):
    bridge = make_bridge(audit={"rows_a_call": 100})
    read_to_the_end(bridge)
    done = bridge.complete("lsst")
    assert done.calls == outside.calls("/api/query/") == -(-done.rows // 100) + 1
    assert done.lost == done.rows == len(candidates(bridge))


def test_a_row_that_spoils_its_page_is_told_and_all_others_are_compared(make_bridge, outside):
    bridge = make_bridge(lasair={"attempts": 1})
    asked = bridge.settings.streams["lsst"].filter
    rows = LasairHook().query("lsst", asked.selected, asked.tables, asked.conditions, 1000)
    poison = rows[len(rows) // 2]
    read_to_the_end(bridge)
    outside.fault({"path": "/api/query/", "kind": "poison", "poison": json.dumps(poison["ra"]), "times": None})
    done = bridge.complete("lsst")
    assert done.lost == len(candidates(bridge)) > 10
    assert f"Lasair fails at the row of {poison['diaObjectId']}: " in done.notes[0]
    assert str(poison["diaObjectId"]) not in {row["object_id"] for row in candidates(bridge)}
    look_back = "DELETE FROM tides.stream_audit"  # the next audit looks as far back as the first one did
    bridge.connection.execute(look_back)
    assert bridge.complete("lsst").calls == done.calls
    bridge.connection.execute(look_back)
    assert bridge.complete("lsst").calls == 2, "it rests, and spoils no page"
    outside.no_faults()
    bridge.connection.execute(look_back)
    bridge.connection.execute("UPDATE tides.lasair_failure SET failed_at = now() - interval '37 h'")
    assert bridge.complete("lsst").lost == 1
    assert str(poison["diaObjectId"]) in {row["object_id"] for row in candidates(bridge)}


def test_a_second_audit_finds_nothing_and_changes_no_row(bridge):
    read_to_the_end(bridge)
    bridge.complete("lsst")
    rows = "SELECT xmin::text, object_id FROM tides.candidate ORDER BY object_id"
    audited = "SELECT xmin::text FROM tides.stream_audit"
    before = bridge.rows(rows), bridge.rows(audited)
    assert bridge.complete("lsst", RunContext("another")).lost == 0
    assert (bridge.rows(rows), bridge.rows(audited)) == before
    assert len(bridge.rows("SELECT FROM tides.event WHERE kind = %s", Kind.BROKER_LOST)) == 1


@pytest.mark.parametrize("fewer", [0, 1])
def test_a_detection_processed_late_is_lost_though_the_last_one_came(bridge, fewer):
    read_to_the_end(bridge)
    bridge.complete("lsst")
    bridge.connection.execute(
        "UPDATE tides.candidate SET detections = detections - %s"
        " WHERE object_id = (SELECT min(object_id) FROM tides.candidate)",
        (fewer,),
    )
    assert bridge.complete("lsst").lost == fewer


def test_what_was_changed_after_the_stream_was_read_to_its_end_is_not_counted_as_lost(bridge):
    asked = bridge.settings.streams["lsst"].filter
    columns = "objects.diaObjectId, objects.timestamp"
    rows = LasairHook().query("lsst", columns, asked.tables, asked.conditions, 1000)
    middle = median_low(row["timestamp"] for row in rows)
    read_to_the_end(bridge, moment=datetime.fromisoformat(middle).replace(tzinfo=UTC))
    done = bridge.complete("lsst")
    assert 0 < done.lost < done.rows
    at_once = {str(row["diaObjectId"]) for row in rows if row["timestamp"] <= middle}
    assert {candidate["object_id"] for candidate in candidates(bridge)} == at_once
    bridge.connection.execute("UPDATE tides.stream_offset SET caught_up_at = %s", (NOW,))
    assert bridge.complete("lsst").lost == len(candidates(bridge)) - done.lost > 0


def test_what_has_not_settled_is_left_for_the_next_audit(bridge):
    rows = LasairHook().query("ztf", "objects.jdmax", "objects", "1 = 1", 1000)
    settle_hours = (NOW - utc(median_low(row["jdmax"] for row in rows))) / timedelta(hours=1)
    stream = bridge.settings.streams["ztf"]
    unsettled = stream.model_copy(update={"audit": stream.audit.model_copy(update={"settle_hours": settle_hours})})
    settings = bridge.settings
    bridge.settings = settings.model_copy(update={"streams": settings.streams | {"ztf": unsettled}})
    read_to_the_end(bridge, "ztf")
    first = bridge.complete("ztf")
    assert 0 < first.lost < first.rows
    bridge.settings = settings
    assert bridge.complete("ztf").lost == len(candidates(bridge)) - first.lost > 0


def test_an_audit_looks_back_to_the_last_one_and_its_overlap(bridge):
    read_to_the_end(bridge, "ztf")
    bridge.connection.execute("INSERT INTO tides.stream_audit VALUES ('ztf', %s)", (NOW - timedelta(days=20),))
    bridge.complete("ztf")
    since = jd_utc(NOW) - 20 - bridge.settings.audit.overlap_days
    assert min(candidate["last_jd"] for candidate in candidates(bridge)) >= since
    assert LasairHook().query("ztf", "objects.jdmax", "objects", f"objects.jdmax < {since}", 10)
    assert bridge.row("SELECT audited_until FROM tides.stream_audit")["audited_until"] == NOW


def test_a_stream_that_was_never_read_to_its_end_is_not_compared(bridge, outside):
    [note] = bridge.complete("lsst").notes
    assert "not been read to its end" in note
    assert outside.calls("/api/query/") == 0


def test_an_audit_takes_only_what_is_left_and_keeps_what_it_has_done(make_bridge, outside):
    bridge = make_bridge(audit={"rows_a_call": 20, "quota_share": 0.5}, lasair={"calls_an_hour": 8})
    read_to_the_end(bridge)
    with pytest.raises(QuotaSpent):
        bridge.complete("lsst")
    assert outside.calls("/api/query/") == 4
    assert len(candidates(bridge)) == 80
    assert bridge.rows("SELECT FROM tides.stream_audit") == []


def test_a_query_that_lasair_cannot_run_is_an_error_with_its_words(bridge, outside):
    with pytest.raises(AnswerBroken, match=r"could not run the query: .*no such column: objects\.colour"):
        LasairHook().query("lsst", "objects.diaObjectId, objects.colour", "objects", "1 = 1 AND " * 100 + "1", 10)
    assert outside.calls("/api/query/") == 1


def test_a_filter_that_lacks_a_column_which_is_read_is_a_settings_error(bridge):
    stream = bridge.settings.streams["lsst"]
    short = stream.model_copy(update={"filter": stream.filter.model_copy(update={"selected": "objects.diaObjectId"})})
    bridge.settings = bridge.settings.model_copy(update={"streams": {"lsst": short}})
    read_to_the_end(bridge)
    with pytest.raises(SettingsError, match="lacks the column lastDiaSourceMjdTai"):
        bridge.complete("lsst")


def test_the_report_names_the_losses_by_day_and_what_failed(bridge):
    read_to_the_end(bridge)
    done = bridge.complete("lsst", RunContext("audit-1"))
    red = Red([a_red_task("lsst", task_id="completeness")])
    text = audit_report(bridge.connection, "audit-1", [vars(done)], [], [], red)
    days = bridge.row("SELECT detail -> 'days' AS days FROM tides.event WHERE kind = %s", Kind.BROKER_LOST)["days"]
    assert all(f"{day}" in text for day in days)
    assert "**Failed: 1 task.** Nothing is lost. The next audit looks again." in text
    assert "`completeness` (lsst), service away: Lasair does not answer. What to do: nothing; the retry" in text
    assert f"| {done.lost} |" in " ".join(text.split())
