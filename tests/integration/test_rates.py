"""Each night's rates are counted once, and a rate that fell is told until it is usual again."""

import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from tests.bridge import LIVE
from tests.builders import AN_ID, NOW, a_ztf_message, an_lsst_message
from tides.commands.doctor import all_checks
from tides.errors import TidesError
from tides.evaluation.rates import watch_rates
from tides.functions.functions import load_functions, read_function
from tides.runs.context import replay_of_window

OBJECTS = 60
NIGHTS = 14
RATE = "SELECT judged, passed, set_aside FROM tides.night_rate WHERE stream = 'lsst'"
CRITERIA = "SELECT criterion, judged, failed, unknown FROM tides.night_criterion WHERE stream = 'lsst'"


def judge(bridge, *messages):
    bridge.publish("lsst", *messages)
    bridge.drain("lsst")
    bridge.evaluate()


def sent(objects=OBJECTS, first=0, **changes):
    """Messages of which every second one passes, unless changed: the others are too faint."""
    return [
        an_lsst_message(AN_ID + first + n, **{"mag": 21.0 if n % 2 else 23.5, "ra": 10.0 + n / 10, **changes})
        for n in range(objects)
    ]


def live_through(bridge, nights=NIGHTS, **changes):
    """Judges one night's objects, and makes it as many nights of the past."""
    judge(bridge, *sent(**changes))
    for table in ("night_rate", "night_criterion"):
        columns = "judged, passed, set_aside" if table == "night_rate" else "criterion, judged, failed, unknown"
        bridge.connection.execute(
            f"WITH today AS (DELETE FROM tides.{table} RETURNING *)"
            f" INSERT INTO tides.{table} (stream, night, function, function_hash, {columns})"
            f" SELECT stream, night - n, function, function_hash, {columns} FROM today, generate_series(1, %s) AS n",
            (nights,),
        )


def pass_days(bridge, days):
    """Makes all nights so far older, through dates that no night has."""
    for table in ("night_rate", "night_criterion"):
        bridge.connection.execute(f"UPDATE tides.{table} SET night = night - 100000")
        bridge.connection.execute(f"UPDATE tides.{table} SET night = night + 100000 - %s::integer", (days,))


def watch(bridge):
    watch_rates(bridge.connection, LIVE, bridge.settings.rates)
    return bridge.rows(
        "SELECT subject, detail, seen, closed_at IS NULL AS open FROM tides.event WHERE kind = 'rate fell'"
    )


def open_events(bridge):
    return [event["detail"] for event in watch(bridge) if event["open"]]


def together(bridge):
    """How many failed each two criteria."""
    rows = bridge.rows("SELECT criterion, other, failed FROM tides.night_pair WHERE stream = 'lsst'")
    return {(row["criterion"], row["other"]): row["failed"] for row in rows}


def words(bridge):
    return bridge.report()


def look(bridge):
    """What the doctor finds."""
    return dict(all_checks())["rates of the nights"]()


def test_verdicts_are_counted_by_function_and_by_criterion(bridge):
    judge(bridge, *sent(10))
    assert bridge.row(RATE) == {"judged": 10, "passed": 5, "set_aside": 0}
    of = {row.pop("criterion"): row for row in bridge.rows(CRITERIA)}
    assert of["magLimit"] == {"judged": 10, "failed": 5, "unknown": 0}
    assert of["minBands"] == {"judged": 10, "failed": 0, "unknown": 0}
    verdict = bridge.rows("SELECT criteria FROM tides.verdict")[0]["criteria"]
    assert of.keys() == {criterion["name"] for criterion in verdict}


def test_what_fails_alone_and_what_fails_together_is_counted(bridge):
    judge(bridge, *sent(10), *sent(4, first=100, bands="gr"), *sent(2, first=200, bands="gr", nights=1))
    failed = "SELECT criterion, failed, alone FROM tides.night_criterion WHERE stream = 'lsst' AND failed > 0"
    of = {row["criterion"]: (row["failed"], row["alone"]) for row in bridge.rows(failed)}
    assert of == {"magLimit": (8, 0), "currentMag": (8, 0), "minBands": (6, 2), "minNights": (2, 0)}
    assert together(bridge) == {
        ("currentMag", "magLimit"): 8,
        ("currentMag", "minBands"): 3,
        ("currentMag", "minNights"): 1,
        ("magLimit", "minBands"): 3,
        ("magLimit", "minNights"): 1,
        ("minBands", "minNights"): 2,
    }
    assert bridge.row("SELECT judged, paired FROM tides.night_rate WHERE stream = 'lsst'") == {
        "judged": 16, "paired": 16
    }  # fmt: skip


def test_a_repeated_task_counts_once(bridge):
    bridge.publish("lsst", *sent(10), *sent(4, first=100, bands="gr"))
    bridge.drain("lsst")
    tasks = bridge.plan()
    bridge.evaluate()
    before = bridge.row(RATE), bridge.rows(CRITERIA), together(bridge)
    bridge.evaluate_tasks(tasks)
    bridge.connection.execute("UPDATE tides.candidate SET waiting = true")
    bridge.evaluate_tasks(tasks)
    assert (bridge.row(RATE), bridge.rows(CRITERIA), together(bridge)) == before
    assert (before[0]["judged"], before[2]) == (
        14,
        {("currentMag", "magLimit"): 7, ("currentMag", "minBands"): 2, ("magLimit", "minBands"): 2},
    )


def test_a_task_that_dies_before_its_verdicts_are_stored_has_counted_nothing(bridge):
    bridge.publish("lsst", *sent(10))
    bridge.drain("lsst")
    tasks = bridge.plan()
    bridge.connection.execute(
        "CREATE FUNCTION die() RETURNS trigger SECURITY DEFINER LANGUAGE plpgsql AS"
        " $$BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END$$;"
        "CREATE CONSTRAINT TRIGGER die AFTER INSERT OR UPDATE ON tides.night_criterion"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()"
    )
    with pytest.raises((TidesError, psycopg.Error)):
        bridge.evaluate_tasks(tasks)
    bridge.connect()
    assert bridge.rows(RATE) == []
    assert bridge.rows("SELECT FROM tides.selection") == []
    bridge.connection.execute("DROP TRIGGER die ON tides.night_criterion")
    bridge.evaluate_tasks(tasks)
    assert bridge.row(RATE) == {"judged": 10, "passed": 5, "set_aside": 0}


def test_an_object_that_stays_set_aside_counts_once_an_alert(bridge):
    broken = [an_lsst_message(AN_ID + n, alert={"diaSourcesList": "no list"}) for n in range(3)]
    judge(bridge, *broken)
    bridge.evaluate()
    assert bridge.row(RATE) == {"judged": 0, "passed": 0, "set_aside": 3}
    judge(bridge, an_lsst_message(AN_ID, days_ago=1, alert={"diaSourcesList": "no list"}))
    assert bridge.row(RATE) == {"judged": 0, "passed": 0, "set_aside": 4}


def test_a_replay_counts_nothing(bridge):
    bridge.publish("lsst", *sent(3), stamp_ms=int(NOW.timestamp() * 1000))
    run = replay_of_window("backfill", NOW, NOW + timedelta(hours=1))
    bridge.drain("lsst", run)
    bridge.evaluate(run)
    assert bridge.row("SELECT count(*) AS n FROM tides.selection")["n"] == 3
    assert bridge.rows(RATE) == []


def test_an_object_of_the_control_sample_is_no_pass(bridge):
    keys = {"filters": ["g", "r", "i"], "significance": 5, "minBands": 3, "minNights": 2}
    sample = {"control": {"fails": "minBands", "fraction": 1, "seed": 1}}
    bridge.functions = load_functions() | {"tidesSNLSST": read_function("here", "tidesSNLSST", {**keys, **sample})}
    judge(bridge, an_lsst_message(bands="gr"))
    assert bridge.row("SELECT passed FROM tides.selection")["passed"] is True
    assert bridge.row(RATE) == {"judged": 1, "passed": 0, "set_aside": 0}


def test_a_night_in_which_nothing_passes_is_told_by_event_report_and_doctor_until_it_is_usual_again(bridge):
    live_through(bridge)
    assert look(bridge) == "no rate has fallen far below the usual one"
    judge(bridge, *sent(first=1000, bands="gr"))
    (detail,) = open_events(bridge)
    assert detail["night"] == f"{datetime.now(UTC):%Y-%m-%d}"
    assert (detail["objects"], detail["passed"], detail["set_aside"], detail["nights"]) == (OBJECTS, 0, 0, NIGHTS)
    assert detail["fell"] == [
        {"what": "passed", "criterion": "", "hits": 0, "of": OBJECTS, "usual": 0.5},
        {"what": "held", "criterion": "minBands", "hits": 0, "of": OBJECTS, "usual": 1.0},
    ]
    assert detail["rose"] == [{"criterion": "minBands", "share": 1.0, "usual": 0.0}]
    told = "0 of 60 objects passed (usually 50.0%), 0 of 60 objects held minBands (usually 100.0%)"
    assert f"**rate fell:** lsst.tidesSNLSST on {detail['night']}: {told}" in words(bridge)
    assert "these fail more often: minBands 100.0% (usually 0.0%)" in words(bridge)
    with pytest.raises(TidesError, match=r"rate fell: lsst\.tidesSNLSST on .*0 of 60 objects passed"):
        look(bridge)

    judge(bridge, *sent(first=2000))
    (event,) = watch(bridge)
    assert (event["subject"], event["seen"], event["open"]) == ("lsst.tidesSNLSST", 1, False)
    assert "rate fell" not in words(bridge)
    assert look(bridge) == "no rate has fallen far below the usual one"


def test_a_second_look_finds_the_same(bridge):
    live_through(bridge)
    judge(bridge, *sent(first=1000, bands="gr"))
    first, second = open_events(bridge), open_events(bridge)
    assert first == second
    (event,) = watch(bridge)
    assert (event["seen"], event["open"]) == (3, True)


def test_nights_as_usual_and_a_quiet_stream_are_no_news(bridge):
    live_through(bridge)
    assert watch(bridge) == []
    judge(bridge, *sent(first=1000))
    judge(bridge, *sent(20, first=2000, bands="gr"))
    assert watch(bridge) == []


def test_a_night_that_fell_stays_told_while_later_nights_are_quiet_and_is_no_measure_for_them(bridge):
    live_through(bridge)
    for poor in range(1, NIGHTS // 2 + 2):
        judge(bridge, *sent(first=1000 * poor, bands="gr"))
        (detail,) = open_events(bridge)
        assert (detail["fell"][0]["usual"], detail["nights"]) == (0.5, NIGHTS)
        pass_days(bridge, 1)
        (same,) = open_events(bridge)
        assert same["fell"] == detail["fell"], "a quiet night says nothing"
    judge(bridge, *sent(first=100_000))
    assert open_events(bridge) == []


@pytest.mark.parametrize(("days", "events"), [(57, 1), (58, 0)])
def test_nights_too_long_ago_are_no_measure(bridge, days, events):
    live_through(bridge)
    pass_days(bridge, days)
    judge(bridge, *sent(first=1000, bands="gr"))
    assert len(open_events(bridge)) == events


def test_a_stream_whose_objects_cannot_be_read_is_told(bridge):
    live_through(bridge)
    judge(bridge, *sent(first=1000, alert={"diaSourcesList": "no list"}))
    (detail,) = open_events(bridge)
    assert (detail["objects"], detail["set_aside"]) == (OBJECTS, OBJECTS)
    assert [(each["what"], each["hits"], each["usual"]) for each in detail["fell"]] == [
        ("passed", 0, 0.5),
        ("read", 0, 1.0),
    ]
    assert "60 objects were set aside" in words(bridge)


def test_a_criterion_that_fails_nothing_any_more_is_told_though_more_passes_than_ever(bridge):
    live_through(bridge)
    judge(bridge, *sent(200, first=1000, mag=21.0))
    (detail,) = open_events(bridge)
    assert detail["passed"] == 200
    assert {"what": "failed", "criterion": "magLimit", "hits": 0, "of": 200, "usual": 0.5} in detail["fell"]
    assert {each["what"] for each in detail["fell"]} == {"failed"}
    assert "0 of 200 objects failed magLimit (usually 50.0%)" in words(bridge)


def test_a_function_that_changed_begins_anew(bridge):
    live_through(bridge)
    judge(bridge, *sent(first=1000, bands="gr"))
    assert len(open_events(bridge)) == 1
    keys = {"filters": ["g", "r", "i"], "significance": 5, "minBands": 3, "minNights": 3}
    bridge.functions = load_functions() | {"tidesSNLSST": read_function("here", "tidesSNLSST", keys)}
    judge(bridge, *sent(first=2000, bands="gr"))
    assert open_events(bridge) == []


def test_a_filter_that_changed_begins_anew(make_bridge):
    bridge = make_bridge()
    live_through(bridge)
    judge(bridge, *sent(first=1000, bands="gr"))
    assert len(open_events(bridge)) == 1
    content = bridge.row("SELECT content FROM tides.selection_epoch WHERE (kind, subject) = ('filter', 'lsst')")[
        "content"
    ]
    bridge.connection.execute(
        "INSERT INTO tides.selection_epoch (kind, subject, content, run_id) VALUES ('filter', 'lsst', %s, 'x')",
        (json.dumps({**content, "conditions": "another"}),),
    )
    assert open_events(bridge) == []


def test_one_stream_is_not_measured_by_another(bridge):
    live_through(bridge)
    bridge.publish("ztf", *[a_ztf_message(f"ZTF26zzzz{chr(97 + n // 26)}{chr(97 + n % 26)}z") for n in range(OBJECTS)])
    bridge.drain("ztf")
    bridge.evaluate()
    row = bridge.row("SELECT judged, set_aside FROM tides.night_rate WHERE stream = 'ztf'")
    assert row == {"judged": 0, "set_aside": OBJECTS}
    assert watch(bridge) == []
