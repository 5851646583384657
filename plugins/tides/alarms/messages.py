"""The messages of alarms: one when a kind of event opens, one when its last event closes, and none between.

What has to be said is a row of `alarm_message`. So what a channel does not take is not lost, and waits for the next
look. A task claims a message before it sends it: two tasks at once never send the same one. Only where a task dies
after the channel has taken the message, and before that is stored, it comes twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from tides.alarms.causes import MEASURED, note_causes
from tides.database.session import Connection
from tides.database.statements import statement
from tides.foreign import quoted
from tides.journal.kinds import Kind
from tides.reports.words import at
from tides.settings.sections import Alarms, CutOff, Lasair

WAKES = (
    *MEASURED,
    Kind.ENDS_SOON,
    Kind.RUN_LATE,
    Kind.HELD,
    Kind.REFUSES_EVERYTHING,
    Kind.NOT_INGESTED,
    Kind.COLUMNS_CHANGED,
    Kind.UNKNOWN_ROW,
    Kind.TOPIC_MISSING,
    Kind.SCHEMA_DRIFT,
    Kind.LIGHT_CURVE_DRIFT,
    Kind.IMPLAUSIBLE,
    Kind.READER_FAULT,
    Kind.RATE_FELL,
    Kind.VERSIONS_MIXED,
    Kind.TOO_MANY_MERGES,
    Kind.OVER_BUDGET,
)
"""The kinds of events of which messages are sent. Each of them is closed when its cause is gone."""

MOST_AT_ONCE = 100
"""The most messages that one task sends by one channel: the next look sends the rest."""


@dataclass(frozen=True)
class _Message:
    message_id: int
    title: str
    text: str


@dataclass(frozen=True)
class _Began:
    alarm_id: int
    kind: str
    number: int
    since: datetime
    subjects: list[str]
    words: str | None


@dataclass(frozen=True)
class _Ended:
    alarm_id: int
    kind: str
    began_at: datetime
    ended_at: datetime


def look(connection: Connection, alarms: Alarms, cut_off: CutOff | None, lasair: Lasair) -> list[str]:
    """Measures, and queues the messages of alarms that begin or end, all in one transaction. Gives their titles."""
    given = {"kinds": [kind.value for kind in WAKES]}
    titles = []
    with connection.transaction():
        note_causes(connection, alarms, cut_off, lasair)
        with connection.cursor(row_factory=class_row(_Began)) as cursor:
            began = cursor.execute(statement("alarms/begin"), given).fetchall()
        with connection.cursor(row_factory=class_row(_Ended)) as ending:
            ended = ending.execute(statement("alarms/end"), given).fetchall()
        for alarm in began:
            title = f"TiDES: {alarm.kind}"
            values = {"alarm_id": alarm.alarm_id, "title": title, "text": _beginning(alarm)}
            connection.execute(statement("alarms/queue_beginning"), {**values, "channels": list(alarms.notifiers)})
            titles.append(title)
        for over in ended:
            title = f"TiDES: over: {over.kind}"
            text = f"It began at {at(over.began_at)} UTC and was over at {at(over.ended_at)} UTC."
            connection.execute(
                statement("alarms/queue_all_clear"), {"alarm_id": over.alarm_id, "title": title, "text": text}
            )
            titles.append(title)
    return titles


def send_waiting(
    connection: Connection, channel: str, send: Callable[[int, str, str], None], limit_s: float
) -> list[str]:
    """Sends what waits for a channel, the oldest first; gives the titles.

    `send` takes a message's id, title and text, and raises when the channel does not take it. `limit_s` (s) is how
    long a task can last: who claimed a message longer ago is dead. The connection is outside a transaction. Raises what
    `send` raises; that message and those after it wait for the next time.
    """
    titles: list[str] = []
    while len(titles) < MOST_AT_ONCE and (message := _claim(connection, channel, limit_s)):
        try:
            send(message.message_id, message.title, message.text)
        except BaseException:
            connection.execute(statement("alarms/put_back"), {"message_id": message.message_id})
            raise
        connection.execute(statement("alarms/sent"), {"message_id": message.message_id})
        titles.append(message.title)
    return titles


def _claim(connection: Connection, channel: str, limit_s: float) -> _Message | None:
    with connection.cursor(row_factory=class_row(_Message)) as cursor:
        return cursor.execute(statement("alarms/claim"), {"channel": channel, "limit_s": limit_s}).fetchone()


def _beginning(alarm: _Began) -> str:
    kind = next(kind for kind in WAKES if kind.value == alarm.kind)
    about = ", ".join(quoted(subject) for subject in alarm.subjects)
    lines = [
        f"{_sentence(alarm.words)}" if alarm.words and alarm.number == 1 else "",
        f"About: {about}{f' and others, {alarm.number} in all' if alarm.number > len(alarm.subjects) else ''}",
        f"Since: {at(alarm.since)} UTC",
        f"What it means: {kind.meaning}.",
        f"What to do: {kind.remedy}.",
        "More: the page TiDES in Airflow, and docs/operations.md. One message comes when it is over.",
    ]
    return "\n".join(line for line in lines if line)


def _sentence(words: str) -> str:
    said = quoted(words, 600)
    return f"{said[:1].upper()}{said[1:]}."
