"""Dead letters: messages that could not be read and objects that could not be judged. They are listed and replayed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from tides.brokers.broker import Unreadable
from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import SettingsError, TidesError
from tides.foreign import quoted
from tides.journal.events import close_event, record_event, said
from tides.journal.kinds import Kind
from tides.runs.context import LIVE
from tides.settings.streams import Stream
from tides.stream.bookmark import Bookmark, message_hash, place_bookmark, read_bookmarks
from tides.stream.fold import fold_alerts
from tides.stream.messages import blames_message, read_alert
from tides.stream.topic import Topic


@dataclass(frozen=True)
class DeadLetter:
    """What could not be read (`kind` message) or judged (object), as `stream/dead_letters.sql` gives it.

    `what` is the object, or the place in the log; `bytes` is the size of the message, None when there is none.
    """

    id: int
    lane: str
    stream: str
    kind: str
    what: str
    reason: str
    buried_at: datetime
    bytes: int | None


@dataclass
class Replayed:
    """How many dead letters of a stream were folded or woken, and how many are left as dead letters."""

    folded: int = 0
    woken: int = 0
    left: int = 0


def listed(connection: Connection, stream: str | None = None, limit: int = 100) -> list[DeadLetter]:
    """The newest dead letters of one stream or of all. Their bytes are left out, since nobody has checked them."""
    with connection.cursor(row_factory=class_row(DeadLetter)) as cursor:
        return cursor.execute(statement("stream/dead_letters"), {"stream": stream, "limit": limit}).fetchall()


def give_up(connection: Connection, letters: Sequence[int], by: str) -> int:
    """Gives dead letters up, by their ids: they will not be read, and retention may take them. Gives how many."""
    with connection.transaction():
        given = connection.execute(statement("stream/give_up"), {"letters": list(letters), "by": quoted(by)}).fetchall()
        for row in given:
            detail = {"letters": row["letters"], "by": by}
            record_event(connection, Kind.LETTERS_GIVEN_UP, row["stream"], detail)
    return sum(row["letters"] for row in given)


def replay(
    connection: Connection, streams: Mapping[str, Stream], by: str, only: str | None = None, *,
    letters: Sequence[int] | None = None, words: str = "",
) -> dict[str, Replayed]:  # fmt: skip
    """Reads each message again and folds it into its object. An object that was set aside waits again.

    A letter that succeeds is dropped in the same transaction. Another one stays, with its newest reason. An event
    records each stream's replay with `by`, who asked, and `words`, why. `only` names one stream, `letters` the ids of
    some dead letters (None: all). Can be repeated. `streams` are all of the settings, by name.
    """
    outcomes: dict[str, Replayed] = {}
    try:
        for letter_id in _ids(connection, only) if letters is None else letters:
            # A transaction for each letter: a failure later on takes back no letter before it.
            with connection.transaction():
                letter = connection.execute(
                    "SELECT * FROM tides.dead_letter WHERE dead_letter_id = %s FOR UPDATE SKIP LOCKED", (letter_id,)
                ).fetchone()
                if letter is None:  # another replay has it, or had it
                    continue
                tried = replace(outcomes.get(letter["stream"], Replayed()))
                _try_again(connection, streams, letter, tried)
            outcomes[letter["stream"]] = tried
    finally:
        # Also of what was done before a failure.
        for stream, outcome in outcomes.items():
            record_event(connection, Kind.LETTERS_REPLAYED, stream, {"by": by, **vars(outcome)} | said(words))
            if not outcome.left and not _any_left(connection, stream):
                close_event(connection, Kind.READER_FAULT, stream)
    return outcomes


def _try_again(
    connection: Connection, streams: Mapping[str, Stream], letter: dict[str, Any], outcome: Replayed
) -> None:
    reason = _revive(connection, streams, letter, outcome)
    if reason is None:
        connection.execute(statement("stream/drop_dead_letter"), {"dead_letter_id": letter["dead_letter_id"]})
        return
    outcome.left += 1
    given = {"dead_letter_id": letter["dead_letter_id"], "reason": quoted(reason)}
    connection.execute(statement("stream/keep_dead_letter"), given)


def bury(
    connection: Connection, topic: Topic, stream: str, partition: int, offset: int, by: str, words: str = ""
) -> None:
    """Makes the message at the live bookmark a dead letter, and moves the bookmark on by this one message.

    This is for a fault of the drain that nobody thought of. An event records `by`, who asked, and `words`, why. Raises
    SettingsError, which says where the bookmark stands, when it is not at `offset` or the broker has no such offset;
    ServiceAway when the broker does not answer; and Conflict when a drain moves the bookmark at this moment.
    """
    place, old = f"stream {stream}, partition {partition}", read_bookmarks(connection, LIVE, stream).get(partition)
    if old is None or old.next_offset != offset:
        stands = "there is no bookmark yet" if old is None else f"the bookmark stands at offset {old.next_offset}"
        raise SettingsError(f"{place}: {stands}; only the message at the bookmark can be buried")
    if old.topic_id != topic.topic_id():
        raise SettingsError(f"{place}: the topic was made anew; the next drain begins at its earliest message")
    extent = topic.extent(partition)
    if offset < extent.low:
        raise SettingsError(f"{place}: offset {offset} is gone; the next drain goes on at {extent.low}")
    if offset >= extent.end:
        raise SettingsError(f"{place}: there is no message at offset {offset} yet")
    read = topic.message_at(partition, offset)
    value, stamp = (read.value, read.stamp) if read else (None, None)
    newest = max(filter(None, (old.newest_stamp, stamp)), default=None)
    new = Bookmark(offset + 1, old.topic_id, message_hash(value) if read else None, newest)
    reason = f"buried by {by}" + ("" if read else "; the broker gave no message at this offset")
    where = {"topic_id": old.topic_id, "partition": partition, "offset": offset}
    with connection.transaction():
        place_bookmark(connection, LIVE, stream, partition, old, new)
        letter = {"lane": LIVE, "stream": stream, "raw": value, "reason": reason, **where}
        connection.execute(statement("stream/bury"), letter)
        detail = {"by": by, "partition": partition, "offset": offset} | said(words)
        record_event(connection, Kind.LETTER_BURIED, stream, detail)


def _any_left(connection: Connection, stream: str) -> bool:
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM tides.dead_letter WHERE stream = %s) AS left", (stream,)
    ).fetchone()
    return bool(row and row["left"])


def _ids(connection: Connection, only: str | None) -> Iterator[int]:
    rows = connection.execute(
        "SELECT dead_letter_id FROM tides.dead_letter WHERE %(only)s::text IS NULL OR stream = %(only)s ORDER BY 1",
        {"only": only},
    ).fetchall()
    return (row["dead_letter_id"] for row in rows)


def _revive(
    connection: Connection, streams: Mapping[str, Stream], letter: dict[str, Any], outcome: Replayed
) -> str | None:
    """Why a letter stays dead; None when it does not."""
    stream = streams.get(letter["stream"])
    if letter["kind"] == "object":
        connection.execute(
            statement("stream/wake_candidate"), {key: letter[key] for key in ("lane", "stream", "object_id")}
        )
        outcome.woken += 1
        return None
    if stream is None:
        return f"no stream {letter['stream']} in the settings"
    if letter["raw"] is None:
        return str(letter["reason"])
    try:
        # A message without a time of its own was known at the latest when it was buried.
        alert = read_alert(letter["raw"], letter["buried_at"], stream)
        # A savepoint: a value that PostgreSQL refuses must not take the new reason with it.
        with connection.transaction():
            fold_alerts(connection, letter["lane"], letter["stream"], stream, [alert])
    except Unreadable as reason:
        return str(reason)
    except TidesError:
        raise
    except psycopg.Error as error:
        if not blames_message(error):
            raise
        return f"refused by the database: {error.diag.message_primary}"
    except Exception as error:  # one letter must not keep the others from their replay
        return f"the reader failed ({type(error).__name__})"
    outcome.folded += 1
    return None
