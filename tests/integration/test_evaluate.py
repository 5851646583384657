"""Chunks of candidates are judged once, whatever Lasair answers."""

import json
from contextlib import suppress
from datetime import timedelta

import pytest

from sandbox.services.leash import patient
from tests.builders import AN_ID, NOW, a_ztf_message, an_lsst_message
from tests.limits import SHORT
from tides.clock import mjd_tai_to_jd_utc
from tides.errors import QuotaSpent, ServiceAway, TidesError
from tides.hooks.dask_cluster import InProcess
from tides.hooks.lasair import LasairHook
from tides.runs.context import replay_of_window

LIGHT_CURVES = {"path": "/api/lightcurves/"}


@pytest.fixture
def ztf_ids(outside):
    """Ids of ZTF objects that the stand-in knows."""
    sources = outside._ask("GET", "truth")["sources"]
    return [s["ztf"] for s in sources if s["ztf"] and s["functions"].get("tidesSNZTF") == "yes"][:60]


def problems(bridge):
    return bridge.rows("SELECT object_id, waiting, attempts, problem FROM tides.candidate WHERE problem IS NOT NULL")


def test_a_light_curve_from_the_message_needs_no_call(bridge, outside):
    bridge.publish("lsst", *[an_lsst_message(AN_ID + n) for n in range(5)])
    bridge.drain("lsst")
    bridge.evaluate()
    assert bridge.row("SELECT count(*) AS n FROM tides.selection WHERE passed")["n"] == 5
    assert outside.calls("/api/") == 0


def test_a_later_word_of_the_broker_changes_nothing_of_what_was_judged_before(bridge):
    verdicts = (
        "SELECT passed, passes_now, trigger_jd, context_until_jd FROM tides.selection WHERE object_id = %s::text"
        " ORDER BY selection_id DESC LIMIT 1"
    )
    good, bad = AN_ID, AN_ID + 1
    bridge.take_in(
        "lsst", an_lsst_message(good, days_ago=3), an_lsst_message(bad, days_ago=3, ra=160.0, sherlock="AGN")
    )
    first = bridge.row(verdicts, good)
    assert (first["passed"], first["context_until_jd"]) == (True, None)
    assert bridge.row(verdicts, bad)["passed"] is False
    said = "SELECT contexts FROM tides.candidate WHERE object_id = %s::text"
    ((kept,),) = (row.values() for row in bridge.rows(said, good))
    assert [each["columns"] for each in kept] == [{"sherlock_class": "SN"}]

    later = an_lsst_message(good, days_ago=2, nights=5, sherlock="AGN")
    better = an_lsst_message(bad, days_ago=2, nights=5, ra=160.0)
    bridge.take_in("lsst", later, better)
    now = bridge.row(verdicts, good)
    assert (now["passed"], now["passes_now"], now["trigger_jd"]) == (True, False, first["trigger_jd"])
    assert now["context_until_jd"] == kept[0]["until_jd"]
    now = bridge.row(verdicts, bad)
    assert (now["passed"], now["passes_now"]) == (True, True)
    assert now["trigger_jd"] > now["context_until_jd"], "what was judged before the better word still fails"
    bridge.evaluate()
    assert [each["columns"]["sherlock_class"] for each in bridge.row(said, bad)["contexts"]] == ["AGN", "SN"]


def test_bulk_costs_one_call_for_50_objects_and_none_the_second_time(bridge, outside, ztf_ids):
    bridge.publish("ztf", *[a_ztf_message(object_id) for object_id in ztf_ids])
    bridge.drain("ztf")
    bridge.evaluate()
    assert outside.calls("/api/lightcurves/") == 2
    assert bridge.row("SELECT count(*) AS n FROM tides.selection")["n"] == 60
    bridge.publish("ztf", *[a_ztf_message(object_id) for object_id in ztf_ids])
    bridge.drain("ztf")
    bridge.evaluate()
    assert outside.calls("/api/lightcurves/") == 2


def test_the_calls_stand_in_the_ledger(bridge, ztf_ids):
    bridge.publish("ztf", *[a_ztf_message(object_id) for object_id in ztf_ids])
    bridge.drain("ztf")
    bridge.evaluate()
    assert bridge.row("SELECT sum(calls)::integer AS n FROM tides.lasair_call")["n"] == 2


def test_when_the_quota_is_spent_the_rest_waits_for_the_next_hour(make_bridge, outside, ztf_ids):
    bridge = make_bridge(lasair={"calls_an_hour": 1})
    bridge.publish("ztf", *[a_ztf_message(object_id) for object_id in ztf_ids])
    bridge.drain("ztf")
    tasks = bridge.plan()
    assert sum(len(chunk) for task in tasks for chunk in task.chunks) == 50
    bridge.evaluate()
    bridge.evaluate()
    assert outside.calls("/api/lightcurves/") == 1
    assert bridge.row("SELECT count(*) AS n FROM tides.candidate WHERE waiting")["n"] == 10


def test_a_quota_that_another_task_spent_meanwhile_is_a_typed_failure(make_bridge, ztf_ids):
    bridge = make_bridge(lasair={"calls_an_hour": 5})
    bridge.publish("ztf", a_ztf_message(ztf_ids[0]))
    bridge.drain("ztf")
    tasks = bridge.plan()
    digest = LasairHook().token_digest("ztf")
    bridge.connection.execute("INSERT INTO tides.lasair_call VALUES (%s, date_trunc('hour', now()), 5)", (digest,))
    with pytest.raises(QuotaSpent, match="continues in the next hour"):
        bridge.evaluate_tasks(tasks)
    assert bridge.row("SELECT waiting, attempts FROM tides.candidate") == {"waiting": True, "attempts": 0}


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 429, "retry_after": 0},
        {"kind": "status", "status": 500},
        {"kind": "redirect", "status": 302},
        {"kind": "cut"},
        {"kind": "cut", "after_bytes": 50},
        {"kind": "trickle", "seconds": patient(0.5)},
        {"kind": "wrong_json", "form": "half"},
        {"kind": "wrong_json", "form": "html"},
    ],
    ids=lambda f: f"{f['kind']} {f.get('status', f.get('form', f.get('after_bytes', '')))}",
)
def test_a_fault_that_passes_is_retried_and_nothing_is_lost(make_bridge, outside, ztf_ids, fault):
    bridge = make_bridge(lasair=SHORT["lasair"])
    bridge.publish("ztf", a_ztf_message(ztf_ids[0]))
    bridge.drain("ztf")
    outside.fault({"match": LIGHT_CURVES, **fault})
    with suppress(TidesError):
        bridge.evaluate()
    bridge.evaluate()
    assert bridge.row("SELECT passed FROM tides.selection")["passed"] is True
    assert problems(bridge) == []


def test_while_lasair_is_away_the_candidates_wait_and_burn_no_attempt(bridge, outside, ztf_ids):
    bridge.publish("ztf", a_ztf_message(ztf_ids[0]))
    bridge.drain("ztf")
    outside.fault({"match": LIGHT_CURVES, "kind": "status", "status": 503, "times": None})
    with pytest.raises(ServiceAway):
        bridge.evaluate()
    assert bridge.row("SELECT waiting, attempts FROM tides.candidate") == {"waiting": True, "attempts": 0}


def test_an_object_at_which_lasair_fails_holds_up_no_other_and_is_told_and_asked_for_seldom(
    make_bridge, outside, ztf_ids
):
    bridge, poison = make_bridge(evaluation={"attempts": 2}, lasair={"attempts": 1}), ztf_ids[7]
    rule = {"match": {**LIGHT_CURVES, "contains": poison}, "kind": "status", "status": 500, "times": None}
    outside.fault(rule)
    bridge.publish("ztf", *[a_ztf_message(object_id, days_ago=3) for object_id in ztf_ids[:50]])
    bridge.drain("ztf")
    bridge.evaluate()
    assert bridge.row("SELECT count(*) AS n FROM tides.selection")["n"] == 49
    assert [(row["object_id"], row["waiting"]) for row in problems(bridge)] == [(poison, True)]
    bridge.evaluate()
    assert [(row["object_id"], row["waiting"]) for row in problems(bridge)] == [(poison, False)]
    event = "SELECT subject, detail, closed_at FROM tides.event WHERE kind = 'Lasair fails at an object'"
    told = bridge.row(event)
    assert (told["subject"], told["closed_at"]) == (f"ztf {poison}: light curve", None)
    assert "answered 500" in told["detail"]["said"]
    calls = outside.calls(LIGHT_CURVES["path"])
    bridge.evaluate()
    assert outside.calls(LIGHT_CURVES["path"]) == calls, "it rests"
    bridge.connection.execute("UPDATE tides.lasair_failure SET failed_at = now() - interval '13 h'")
    bridge.evaluate()
    assert outside.calls(LIGHT_CURVES["path"]) == calls + 2, "one call, and the probe that blames the object"
    assert bridge.row("SELECT failures FROM tides.lasair_failure") == {"failures": 2}
    outside.no_faults()
    bridge.publish("ztf", a_ztf_message(poison, days_ago=1))
    bridge.drain("ztf")
    bridge.evaluate()
    assert bridge.row("SELECT count(*) AS n FROM tides.selection")["n"] == 50
    assert problems(bridge) == bridge.rows("SELECT FROM tides.lasair_failure") == []
    assert bridge.row(event)["closed_at"] is not None


def test_an_object_that_lasair_does_not_know_waits_alone_and_ends_as_a_dead_letter(make_bridge, ztf_ids):
    bridge = make_bridge(evaluation={"attempts": 2})
    bridge.publish("ztf", a_ztf_message("ZTF26zzzzzzz"), a_ztf_message(ztf_ids[0]))
    bridge.drain("ztf")
    bridge.evaluate()
    (problem,) = problems(bridge)
    assert (problem["object_id"], problem["waiting"], problem["attempts"]) == ("ZTF26zzzzzzz", True, 1)
    assert "does not know this object" in problem["problem"]
    bridge.evaluate()
    assert bridge.row("SELECT waiting FROM tides.candidate WHERE problem IS NOT NULL")["waiting"] is False
    letter = bridge.row("SELECT kind, object_id, reason FROM tides.dead_letter")
    assert (letter["kind"], letter["object_id"]) == ("object", "ZTF26zzzzzzz")
    assert bridge.row("SELECT count(*) AS n FROM tides.selection")["n"] == 1


def test_a_failed_object_pauses_longer_each_time(make_bridge):
    bridge = make_bridge(evaluation={"pause_s": 60})
    bridge.publish("ztf", a_ztf_message("ZTF26zzzzzzz"))
    bridge.drain("ztf")
    for attempt, seconds in enumerate((0, 60, 5 * 60, 21 * 60, 85 * 60)):
        for waited_s in (seconds - 1, seconds) if seconds else (0,):
            assert bridge.row("SELECT waiting, attempts FROM tides.candidate") == {"waiting": True, "attempts": attempt}
            ago = f"now() - interval '{waited_s} seconds'"
            bridge.connection.execute(f"UPDATE tides.candidate SET waiting_since = {ago}")
            bridge.evaluate()
    assert bridge.row("SELECT waiting, attempts FROM tides.candidate") == {"waiting": False, "attempts": 5}


def test_a_newer_alert_wakes_an_object_that_was_set_aside(make_bridge):
    bridge = make_bridge(evaluation={"attempts": 1})
    bridge.publish("ztf", a_ztf_message("ZTF26zzzzzzz", days_ago=3))
    bridge.drain("ztf")
    bridge.evaluate()
    bridge.publish("ztf", a_ztf_message("ZTF26zzzzzzz", days_ago=1))
    bridge.drain("ztf")
    row = bridge.row("SELECT waiting, attempts, problem FROM tides.candidate")
    assert row == {"waiting": True, "attempts": 0, "problem": None}


def test_a_message_without_its_light_curve_is_asked_of_lasair_alone(bridge, outside):
    sources = outside._ask("GET", "truth")["sources"]
    known = next(s["lsst"] for s in sources if s["lsst"] and s["functions"].get("tidesSNLSST") == "yes")
    bridge.publish("lsst", an_lsst_message(int(known), light_curve=False), an_lsst_message(AN_ID))
    bridge.drain("lsst")
    bridge.evaluate()
    assert outside.calls("/api/object/") == 1
    assert bridge.row("SELECT count(*) AS n FROM tides.selection WHERE passed")["n"] == 2


def test_in_a_replay_what_lasair_gives_in_place_of_the_message_is_cut_at_the_detection_that_it_named(bridge, outside):
    known = next(s["lsst"] for s in outside.truth() if s["lsst"] and s["functions"].get("tidesSNLSST") == "yes")
    whole = json.loads(LasairHook().object("lsst", str(known), lambda: None) or b"")
    times = sorted(source["midpointMjdTai"] for source in whole["diaSourcesList"])
    named = times[len(times) // 2]
    message = an_lsst_message(known, light_curve=False, lastDiaSourceMjdTai=named)
    bridge.publish("lsst", message, stamp_ms=int(NOW.timestamp() * 1000))
    run = replay_of_window("backfill", NOW, NOW + timedelta(hours=1))
    bridge.drain("lsst", run)
    bridge.evaluate(run)
    last = bridge.row("SELECT last_jd FROM tides.light_curve")["last_jd"]
    assert last <= float(mjd_tai_to_jd_utc(named)) + 1e-6 < float(mjd_tai_to_jd_utc(times[-1]))
    assert bridge.row("SELECT last_jd FROM tides.selection")["last_jd"] == last


def test_in_a_replay_the_light_curve_of_the_message_is_judged_whole(bridge):
    named = an_lsst_message(days_ago=4)["lastDiaSourceMjdTai"]
    message = an_lsst_message(days_ago=2, lastDiaSourceMjdTai=named)
    bridge.publish("lsst", message, stamp_ms=int(NOW.timestamp() * 1000))
    run = replay_of_window("backfill", NOW, NOW + timedelta(hours=1))
    bridge.drain("lsst", run)
    bridge.evaluate(run)
    newest = message["alert"]["diaSourcesList"][-1]["midpointMjdTai"]
    assert bridge.row("SELECT last_jd FROM tides.selection")["last_jd"] == float(mjd_tai_to_jd_utc(newest))


def test_an_unreadable_light_curve_is_set_aside_and_its_chunk_mates_are_judged(bridge):
    broken = an_lsst_message(AN_ID, alert={"diaSourcesList": "not a list"})
    bridge.publish("lsst", broken, *[an_lsst_message(AN_ID + n) for n in range(1, 4)])
    bridge.drain("lsst")
    bridge.evaluate()
    assert bridge.row("SELECT count(*) AS n FROM tides.selection")["n"] == 3
    assert [p["object_id"] for p in problems(bridge)] == [str(AN_ID)]


def test_an_alert_that_comes_while_its_object_is_judged_goes_on_waiting(bridge):
    bridge.publish("lsst", an_lsst_message(days_ago=3))
    bridge.drain("lsst")
    tasks = bridge.plan()
    judge_first = bridge.here.begin

    def newer_alert_first(*arguments, **named):
        bridge.publish("lsst", an_lsst_message(days_ago=1))
        bridge.drain("lsst")
        return judge_first(*arguments, **named)

    bridge.here.begin = newer_alert_first
    bridge.evaluate_tasks(tasks)
    assert bridge.row("SELECT waiting FROM tides.candidate")["waiting"] is True


@pytest.fixture
def one_task(make_bridge, ztf_ids):
    """A bridge whose 60 candidates are one task of six chunks, 20 objects judged together; how they come out."""
    rooms = {"objects_a_chunk": 10, "mapped_tasks": 1, "objects_a_submit": 20}
    bridge = make_bridge(evaluation=rooms, lasair=SHORT["lasair"] | {"objects_a_call": 10})
    bridge.publish("ztf", *[a_ztf_message(object_id) for object_id in ztf_ids])
    bridge.drain("ztf")
    (task,) = bridge.plan()
    assert [len(chunk) for chunk in task.chunks] == [10] * 6
    return bridge, task


def test_the_next_chunks_are_fetched_before_the_workers_results_are_taken(one_task, outside):
    bridge, task = one_task
    order: list[str] = []

    class Watched(InProcess):
        def begin(self, function, batches, *arguments, key):
            assert sum(map(len, batches)) == 20
            order.append(f"given at {outside.calls('/api/lightcurves/')} calls")

            def taken(*arguments):
                order.append(f"taken at {outside.calls('/api/lightcurves/')} calls")
                return function(*arguments)

            return super().begin(taken, batches, *arguments, key=key)

    bridge.here = Watched()
    bridge.evaluate_tasks([task])
    told = [("given", 2), ("taken", 4), ("given", 4), ("taken", 6), ("given", 6), ("taken", 6)]
    assert order == [f"{what} at {calls} calls" for what, calls in told]
    assert bridge.row("SELECT count(*) AS n FROM tides.candidate WHERE waiting")["n"] == 0


def test_after_lasair_has_failed_in_a_task_it_is_not_asked_again_and_the_rest_waits(one_task, outside):
    bridge, task = one_task
    outside.fault({"match": {"path": "/api/lightcurves/"}, "kind": "status", "status": 503, "skip": 3, "times": 1000})
    with pytest.raises(ServiceAway):
        bridge.evaluate_tasks([task])
    asked = outside.calls("/api/lightcurves/")
    assert asked < 3 + 3 * bridge.settings.lasair.attempts, "one call and its probe, each with its retries"
    assert bridge.row("SELECT count(*) AS n FROM tides.selection")["n"] == 30
    assert bridge.row("SELECT count(*) AS n FROM tides.candidate WHERE waiting AND problem IS NULL")["n"] == 30
    outside.no_faults()
    bridge.evaluate_tasks([task])
    assert bridge.row("SELECT count(*) AS n FROM tides.candidate WHERE waiting")["n"] == 0
    assert bridge.row("SELECT count(*) AS n FROM tides.selection")["n"] == 60
    assert outside.calls("/api/lightcurves/") == asked + 3


def test_a_chunk_that_is_evaluated_twice_ends_in_the_same_rows(bridge):
    bridge.publish("lsst", an_lsst_message())
    bridge.drain("lsst")
    tasks = bridge.plan()
    bridge.evaluate_tasks(tasks)
    bridge.connection.execute("UPDATE tides.candidate SET waiting = true")
    bridge.evaluate_tasks(tasks)
    assert bridge.row("SELECT count(*) AS n FROM tides.selection")["n"] == 1


def test_each_verdict_names_every_criterion_with_value_and_limit(bridge):
    bridge.publish("lsst", an_lsst_message(bands="gr"))
    bridge.drain("lsst")
    bridge.evaluate()
    verdict = bridge.row("SELECT passed, criteria, function_hash, code_version FROM tides.verdict")
    bands = next(c for c in verdict["criteria"] if c["name"] == "minBands")
    assert verdict["passed"] is False
    assert (bands["value"], bands["limit"], bands["held"]) == (2, 3, False)
    assert verdict["function_hash"]
    assert verdict["code_version"]


def test_more_chunks_than_mapped_tasks_share_tasks(make_bridge):
    limits = {"mapped_tasks": 4, "objects_a_chunk": 2, "objects_a_submit": 4, "objects_a_run": 16}
    bridge = make_bridge(evaluation=limits)
    bridge.publish("lsst", *[an_lsst_message(AN_ID + n, days_ago=1 + n / 100) for n in range(30)])
    bridge.drain("lsst")
    tasks = bridge.plan()
    assert [len(task.chunks) for task in tasks] == [2, 2, 2, 2]
    planned = {object_id for task in tasks for chunk in task.chunks for object_id in chunk}
    newest = {str(AN_ID + n) for n in range(13)}
    oldest = {str(AN_ID + n) for n in range(27, 30)}
    assert newest | oldest == planned, "the newest, and a fifth of the run for the oldest"


def test_the_backlog_of_one_stream_does_not_starve_another(make_bridge):
    bridge = make_bridge(evaluation={"mapped_tasks": 2, "objects_a_chunk": 5, "objects_a_run": 20})
    bridge.publish("lsst", *[an_lsst_message(AN_ID + n) for n in range(40)])
    bridge.publish("ztf", *[a_ztf_message(f"ZTF26aaaaa{chr(97 + n)}{chr(97 + n)}") for n in range(8)])
    bridge.drain("lsst")
    bridge.drain("ztf")
    tasks = bridge.plan()
    planned = {stream: sum(len(c) for t in tasks if t.stream == stream for c in t.chunks) for stream in ("lsst", "ztf")}
    assert planned == {"lsst": 12, "ztf": 8}
