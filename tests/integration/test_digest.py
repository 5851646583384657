"""The digest of a day and the reports of runs, from the tables to the mail: each is said once."""

import threading
from datetime import UTC, datetime

from tests.builders import a_red_task
from tests.limits import LIMIT_S
from tests.targets import fade_one
from tides.alarms.digest import queue_digest
from tides.foreign import in_html
from tides.hooks.database import open_database
from tides.journal.events import close_event, note_event, record_event
from tides.journal.kinds import Kind
from tides.runs.context import RunContext

TODAY = f"{datetime.now(UTC):%Y-%m-%d}"


def a_night(bridge):
    """Three targets are new, one of them fades; an alarm begins and ends; Ana frees an object."""
    fade_one(bridge.connection, 3)
    note_event(bridge.connection, Kind.LAG_GROWS, "lsst", {})
    close_event(bridge.connection, Kind.LAG_GROWS, "lsst")
    note_event(bridge.connection, Kind.RECURRENT, "TiDES26aaa", {"words": "<b>{{ 7 * 7 }}</b>"})
    record_event(bridge.connection, Kind.FREED, "ZTF26aaa", {"by": "Ana"})
    bridge.report(RunContext("of the night"))


def said(post):
    """The words of the newest mail."""
    return " ".join(post.text().replace("<br>", " ").split())


def test_a_digest_comes_once_a_day_with_the_sums_since_the_one_before(watching, post):
    bridge, watchdog = watching({"digest": "00:00"})
    a_night(bridge)
    (title,) = watchdog.run()
    assert title.startswith(f"TiDES: digest of {TODAY}: ")
    assert watchdog.run() == watchdog.run() == []
    assert post.subjects == [title]
    words = said(post)
    assert words.startswith("2 targets are live, 0 are active at 4MOST; no cut-off is set; one thing to look at. Needs")
    assert ". Needs somebody: - LOOK recurrent target (TiDES26aaa), since " in words
    assert "&lt;b&gt;{{ 7 * 7 }}&lt;/b&gt;" in words
    sums = "2 runs; 3 new targets; ended: 1 faint; 2 events opened: lag grows, recurrent target; 1 event closed: lag"
    assert f" UTC: {sums} grows. - Ana: freed, ZTF26aaa, at {TODAY}" in words
    assert "Live now: 2." in words
    assert "Lasair: at most 0 of 9000 calls in an hour." in words
    day = "UPDATE tides.digest SET day = day - 1, since = since - interval '1 d', until = until - interval '1 d'"
    bridge.connection.execute(day)
    (span,) = bridge.rows("SELECT to_char(until AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS until FROM tides.digest")
    assert watchdog.run() == [title], "the day after"
    assert f"Since {span['until']} UTC: " in said(post)


def test_two_watchdogs_at_once_make_one_digest_and_without_a_channel_there_is_none(watching, post):
    bridge, watchdog = watching({"digest": "00:00"})
    made = []

    def make():
        with open_database("watchdog") as session:
            made.extend(queue_digest(session, bridge.settings))

    threads = [threading.Thread(target=make) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    assert len(made) == 1
    watchdog.run()
    assert len(post.mails) == 1
    _, silent = watching({"digest": "00:00", "notifiers": {}})
    assert silent.run() == []


def test_the_report_of_a_run_is_sent_as_it_stands_in_the_log_and_once(watching, post):
    bridge, watchdog = watching({"reports": "not_good"})
    assert watchdog.run() == [], "the newest run is good"
    text = bridge.report(RunContext("red"), red=[a_red_task()])
    assert watchdog.run() == ["TiDES: report of red: not good"]
    assert watchdog.run() == []
    assert post.subjects == ["TiDES: report of red: not good"]
    assert in_html(text).split() == post.text().split()
