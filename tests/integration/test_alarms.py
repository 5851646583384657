"""Alarms from their cause to the mail: the watchdog's own tasks, a real database, Airflow's notifier, a mail server."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from sandbox.services.service import HOST, free_port
from tests.bridge import Bridge
from tests.builders import a_red_task
from tests.limits import LIMIT_S
from tests.targets import LIVE, put_targets
from tests.watchdog import CHANNELS, MAIL
from tests.webhook import chat
from tides.alarms.causes import MEASURED
from tides.alarms.messages import send_waiting
from tides.commands.doctor import all_checks
from tides.errors import ServiceAway, SettingsError
from tides.hooks.database import open_database
from tides.hooks.late import note_late
from tides.hooks.notifier import checked, send
from tides.journal.events import close_event, note_event
from tides.journal.kinds import Kind
from tides.settings.sections import Notifier


def _rows_at_4most(bridge: Bridge, number: int, **values: Any) -> None:
    put_targets(bridge.connection, number)
    bridge.connection.execute(LIVE)
    given = {"state": "live", "wanted": Jsonb({"is_active": True}), **values}
    bridge.connection.execute(
        f"INSERT INTO tides.fourmost_target (id, name, {', '.join(given)})"
        f" SELECT tides_id, name, {', '.join(f'%({name})s' for name in given)} FROM tides.tides_master",
        given,
    )


def _no_run(bridge: Bridge) -> None:
    bridge.connection.execute("UPDATE tides.bridge_run SET ended_at = now() - interval '4 h'")


def _a_change(bridge: Bridge) -> None:
    _rows_at_4most(bridge, 1)


def _all_told(bridge: Bridge) -> None:
    bridge.connection.execute("UPDATE tides.fourmost_target SET told = wanted")


def _a_target_for_hours(bridge: Bridge) -> None:
    _rows_at_4most(bridge, 1)
    bridge.connection.execute("UPDATE tides.tides_master SET active_since = now() - interval '7 h'")


def _a_lag(bridge: Bridge, *lags: int) -> None:
    for lag in lags:
        bridge.connection.execute(
            "INSERT INTO tides.bridge_run (run_id, lane, started_at, ended_at, good, counts, report, code_version)"
            " VALUES (%s, 'live', now(), clock_timestamp(), true, %s, '', '')",
            (f"run of {lag}", Jsonb({"backlog": {"lsst": {"messages": lag, "candidates": 0}}})),
        )


def _letters(bridge: Bridge) -> None:
    bridge.connection.execute(
        "INSERT INTO tides.dead_letter (lane, stream, kind, object_id, reason)"
        " SELECT 'live', 'lsst', 'object', n::text, 'r' FROM generate_series(1, 21) AS n"
    )


def _calls(bridge: Bridge) -> None:
    bridge.connection.execute(
        "INSERT INTO tides.lasair_call (token, hour, calls) VALUES ('t', date_trunc('hour', now(), 'UTC'), %s)",
        (bridge.settings.lasair.calls_an_hour,),
    )


def _does(statement: str) -> Callable[[Bridge], Any]:
    return lambda bridge: bridge.connection.execute(statement)


CAUSES = {
    Kind.NO_GOOD_RUN: (_no_run, Bridge.report, "No live run has ended well for 3 h."),
    Kind.CUT_OFF_NEAR: (_a_change, _all_told, "1 changes wait, and "),
    Kind.WAITS_LONG: (_a_target_for_hours, _all_told, "A live target has waited for 7 h, 1 in all."),
    Kind.LAG_GROWS: (
        lambda bridge: _a_lag(bridge, 9000, 11000, 12000, 30000),
        lambda bridge: _a_lag(bridge, 29000),
        "9000 messages were left 4 runs ago, 30000 now.",
    ),
    Kind.MANY_LETTERS: (
        _letters,
        _does("UPDATE tides.dead_letter SET buried_at = now() - interval '25 h'"),
        "21 new dead letters within a day.",
    ),
    Kind.QUOTA_USED_UP: (
        _calls,
        _does("UPDATE tides.lasair_call SET hour = hour - interval '2 h'"),
        "9000 of 9000 calls of an hour.",
    ),
    Kind.MANY_REFUSED: (
        lambda bridge: _rows_at_4most(bridge, 11, refusal="no"),
        _does("UPDATE tides.fourmost_target SET refusal = NULL WHERE id = 1"),
        "11 targets are refused.",
    ),
    Kind.DATABASE_LARGE: (
        _does("CREATE TABLE tides.ballast AS SELECT repeat(md5(n::text), 50) FROM generate_series(1, 20000) AS n"),
        _does("DROP TABLE tides.ballast"),
        " GB are the limit.",
    ),
}
"""By kind: what brings its cause about, what ends it, and the words of the mail."""


def test_each_kind_that_the_watchdog_measures_has_its_cause_here():
    assert set(CAUSES) == set(MEASURED)


@pytest.mark.parametrize("kind", CAUSES, ids=str)
def test_a_cause_makes_one_message_and_its_end_an_all_clear(kind, watching, post, database):
    begin, end, words = CAUSES[kind]
    soon = datetime.now(UTC) + timedelta(minutes=10)
    cut_off = {"time": f"{soon:%H:%M}", "zone": "UTC", "last_run_min": 5, "no_create_min": 3, "failed_after_h": 3}
    changes = {"fourmost": {"cut_off": cut_off}} if kind is Kind.CUT_OFF_NEAR else {}
    limit = {"database_gb": 0.04} if kind is Kind.DATABASE_LARGE else {}
    bridge, watchdog = watching(limit, **changes)
    assert watchdog.run() == []
    begin(bridge)
    assert watchdog.run() == [f"TiDES: {kind}"]
    assert watchdog.run() == watchdog.run() == []
    assert post.subjects == [f"TiDES: {kind}"]
    assert words in post.text()
    assert kind.remedy.split("`")[0].split("'")[0] in post.text()
    end(bridge)
    assert watchdog.run() == [f"TiDES: over: {kind}"]
    assert watchdog.run() == []
    assert post.subjects == [f"TiDES: {kind}", f"TiDES: over: {kind}"]
    opened = bridge.rows("SELECT kind, seen, closed_at IS NOT NULL AS closed FROM tides.event")
    assert opened == [{"kind": kind.value, "seen": 3, "closed": True}]


def test_a_late_run_makes_one_message_and_its_end_an_all_clear(watching, post):
    _, watchdog = watching()
    run = {"dag_run_id": "scheduled__1", "dag_id": "tides_audit", "run_type": "scheduled", "state": "running"}
    run |= {"queued_at": "2026-11-29T12:05:00.123456Z", "start_date": "2026-11-29T12:05:01Z"}
    soon = {"queued_at": f"{datetime.now(UTC) - timedelta(minutes=39):%Y-%m-%dT%H:%M:%SZ}"}
    for other in ({"state": "failed"}, {"run_type": "backfill"}, {"run_type": "manual"}, soon):
        note_late({"dag_run": run | other})
        assert watchdog.run() == []
    watchdog.states["scheduled__1"] = "running"
    note_late({"dag_run": run})
    assert watchdog.run() == [f"TiDES: {Kind.RUN_LATE}"]
    assert watchdog.run() == []
    assert "Run scheduled__1 of tides_audit has not ended 40 min after it was due." in post.text()
    watchdog.states["scheduled__1"] = "failed"
    assert watchdog.run() == [f"TiDES: over: {Kind.RUN_LATE}"]
    assert post.subjects == [f"TiDES: {Kind.RUN_LATE}", f"TiDES: over: {Kind.RUN_LATE}"]


def test_before_the_first_run_nothing_stands_still(watching, post):
    bridge, watchdog = watching()
    bridge.connection.execute("DELETE FROM tides.bridge_run")
    assert watchdog.run() == []
    bridge.report(red=[a_red_task()])
    assert watchdog.run() == post.subjects == [f"TiDES: {Kind.NO_GOOD_RUN}"]


def test_an_event_of_a_run_wakes_once_for_all_of_its_kind(watching, post):
    bridge, watchdog = watching()
    note_event(bridge.connection, Kind.RECURRENT, "TiDES26aaa", {})
    assert watchdog.run() == [], "such an event waits for the morning"
    note_event(bridge.connection, Kind.HELD, "created", {"words": "2400 creates, and 2000 are the limit"})
    assert watchdog.run() == [f"TiDES: {Kind.HELD}"]
    assert "2400 creates, and 2000 are the limit." in post.text()
    note_event(bridge.connection, Kind.HELD, "faint", {})
    assert watchdog.run() == []
    close_event(bridge.connection, Kind.HELD, "created")
    assert watchdog.run() == []
    close_event(bridge.connection, Kind.HELD, "faint")
    watchdog.run()
    note_event(bridge.connection, Kind.HELD, "created", {})
    watchdog.run()
    assert post.subjects == [f"TiDES: {Kind.HELD}", f"TiDES: over: {Kind.HELD}", f"TiDES: {Kind.HELD}"]
    ids = [mail["Message-ID"] for mail in post.mails]
    assert len(set(ids)) == 3, "each has its own"


def test_a_message_that_is_not_taken_waits_and_comes_once_and_in_order(watching, post):
    away = {**MAIL, "arguments": {**MAIL["arguments"], "smtp_conn_id": "tides_away"}}
    bridge, watchdog = watching({"notifiers": {"mail": MAIL, "other": away}})
    with pytest.MonkeyPatch.context() as patch:
        extra = {"disable_ssl": True, "disable_tls": True, "from_email": "t@example.org", "retry_limit": 0}
        closed = {"conn_type": "smtp", "host": HOST, "port": free_port(), "extra": extra}
        patch.setenv("AIRFLOW_CONN_TIDES_AWAY", json.dumps(closed))
        _no_run(bridge)
        watchdog.look()
        assert watchdog.tell("mail") == [f"TiDES: {Kind.NO_GOOD_RUN}"]
        with pytest.raises(ServiceAway, match=r"alarms\.notifiers\.other: .* is sent again"):
            watchdog.tell("other")
    post.away = True
    bridge.report()
    watchdog.look()
    with pytest.raises(ServiceAway, match="it waits and is sent again") as refused:
        watchdog.tell("mail")
    assert "a-secret-of-ours" not in str(refused.value)
    assert len(post.mails) == 1
    post.away = False
    assert watchdog.tell("mail") == [f"TiDES: over: {Kind.NO_GOOD_RUN}"]
    assert watchdog.tell("mail") == []
    with pytest.MonkeyPatch.context() as patch:
        there = {"conn_type": "smtp", "host": HOST, "port": post.port, "extra": extra}
        patch.setenv("AIRFLOW_CONN_TIDES_AWAY", json.dumps(there))
        assert watchdog.tell("other") == [f"TiDES: {Kind.NO_GOOD_RUN}", f"TiDES: over: {Kind.NO_GOOD_RUN}"]
    assert len(post.mails) == 4


def test_two_tasks_at_once_send_a_message_once_and_a_dead_one_keeps_it_no_longer_than_it_could_last(watching, post):
    bridge, watchdog = watching()
    _no_run(bridge)
    watchdog.look()
    sent: list[str] = []
    others: list[list[str]] = []

    def other() -> None:
        with open_database("watchdog") as session:
            others.append(send_waiting(session, "mail", lambda *_: None, 600))

    def slowly(_: int, title: str, text: str) -> None:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(LIMIT_S)
        sent.append(title)

    with open_database("watchdog") as session:
        send_waiting(session, "mail", slowly, 600)
    assert (sent, others) == ([f"TiDES: {Kind.NO_GOOD_RUN}"], [[]])
    bridge.connection.execute("UPDATE tides.alarm_message SET sent_at = NULL, claimed_at = now() - interval '11 min'")
    assert watchdog.tell("mail") == [f"TiDES: {Kind.NO_GOOD_RUN}"]


def test_foreign_words_in_a_message_are_shown_and_never_obeyed(watching, post):
    bridge, watchdog = watching()
    hostile = "{{ 7 * 7 }}<script>x</script>\r\nBcc: all@example.org"
    note_event(bridge.connection, Kind.TOPIC_MISSING, hostile, {"words": hostile})
    watchdog.run()
    assert "{{ 7 * 7 }}&lt;script&gt;x&lt;/script&gt; Bcc: all@example.org" in post.text()
    assert post.mails[0]["Bcc"] is None


def test_without_a_channel_events_open_and_close_all_the_same(watching, post):
    bridge, watchdog = watching({"notifiers": {}})
    _no_run(bridge)
    assert watchdog.run() == [f"TiDES: {Kind.NO_GOOD_RUN}"]
    assert bridge.row("SELECT count(*) AS n FROM tides.alarm_message") == {"n": 0}
    assert bridge.row("SELECT kind FROM tides.event WHERE closed_at IS NULL") == {"kind": Kind.NO_GOOD_RUN.value}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"notifier": "airflow.providers.slack.no.Such"}, "cannot be imported: correct it, or install its provider"),
        ({"notifier": "json.JSONDecoder"}, "is no notifier of Airflow's"),
        (
            {"arguments": {"to": "a", "subject": "{{ alarm_titel }}", "html_content": "{{ alarm_html }}"}},
            "'alarm_titel'",
        ),
        ({"arguments": {"to": "a", "html": "{{ alarm_text }}"}}, "unexpected keyword argument 'html'"),
    ],
)
def test_a_wrong_notifier_is_refused_with_its_name(changes, words):
    with pytest.raises(SettingsError, match=r"alarms\.notifiers\.mail\.\w+: ") as refused:
        send("mail", Notifier.model_validate({**MAIL, **changes}), 1, "title", "text")
    assert words in str(refused.value)
    with pytest.raises(SettingsError) as found:
        checked("mail", Notifier.model_validate({**MAIL, **changes}))
    assert str(found.value) == str(refused.value)


def test_any_notifier_by_its_path_tells_a_chat_and_the_doctor_says_what_each_channel_is(watching, post, monkeypatch):
    path = "tests.webhook.WebhookNotifier"
    arguments = {"webhook_conn_id": "tides_chat", "text": CHANNELS["slack"]["arguments"]["text"]}
    bridge, watchdog = watching({"notifiers": {"mail": MAIL, "chat": {"notifier": path, "arguments": arguments}}})
    looks = dict(all_checks())
    assert looks["channel mail (alarms.notifiers)"]() == "SmtpNotifier, connection tides_mail"
    with pytest.raises(SettingsError, match="connection tides_chat is missing"):
        looks["channel chat (alarms.notifiers)"]()
    with chat() as receiver:
        found = {"conn_type": "http", "host": f"http://{HOST}:{receiver.server_port}", "password": receiver.path}
        monkeypatch.setenv("AIRFLOW_CONN_TIDES_CHAT", json.dumps(found))
        assert looks["channel chat (alarms.notifiers)"]() == "WebhookNotifier, connection tides_chat"
        _no_run(bridge)
        watchdog.run()
        bridge.report()
        watchdog.run()
        first, over = receiver.texts
        assert first.startswith(f"*TiDES: {Kind.NO_GOOD_RUN}*\nNo live run has ended well for 3 h.\n")
        assert over.startswith(f"*TiDES: over: {Kind.NO_GOOD_RUN}*\nIt began at ")
        assert len(post.mails) == 2
        found["password"] = "/services/another"
        monkeypatch.setenv("AIRFLOW_CONN_TIDES_CHAT", json.dumps(found))
        _no_run(bridge)
        with pytest.raises(ServiceAway, match=r"alarms\.notifiers\.chat: .* \(HTTPError\)") as refused:
            watchdog.run()
    assert "another" not in str(refused.value)


@pytest.mark.parametrize("name", CHANNELS)
def test_each_channel_of_the_documents_is_one_that_the_settings_take(name):
    assert "_conn_id" in str(Notifier.model_validate(CHANNELS[name]).arguments), "its secrets are in a connection"


def test_a_channel_that_would_say_nothing_is_refused():
    with pytest.raises(ValueError, match="nothing would be said"):
        Notifier.model_validate({**MAIL, "arguments": {"to": "a", "subject": "{{ alarm_title }}"}})
