"""Dead letters: messages that could not be read and objects that could not be judged. They are listed and replayed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from tides.brokers.broker import Unreadable
from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import TidesError
from tides.journal.events import close_event, record_event
from tides.journal.kinds import Kind
from tides.settings.streams import Stream
from tides.stream.fold import fold_alerts
from tides.stream.messages import blames_message, read_alert


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


def replay(
    connection: Connection, streams: Mapping[str, Stream], by: str, only: str | None = None
) -> dict[str, Replayed]:
    """Reads each message again and folds it into its object. An object that was set aside waits again.

    A letter that succeeds is dropped in the same transaction. Another one stays, with its newest reason. An event
    records each stream's replay with `by`, who asked. `only` names one stream. Can be repeated.
    `streams` are all of the settings, by name.
    """
    outcomes: dict[str, Replayed] = {}
    for letter_id in _ids(connection, only):
        # A transaction for each letter: a failure later on takes back no letter before it.
        with connection.transaction():
            letter = connection.execute(
                "SELECT * FROM tides.dead_letter WHERE dead_letter_id = %s FOR UPDATE SKIP LOCKED", (letter_id,)
            ).fetchone()
            if letter is None:  # another replay has it
                continue
            outcome = outcomes.setdefault(letter["stream"], Replayed())
            reason = _revive(connection, streams, letter, outcome)
            if reason is None:
                connection.execute(statement("stream/drop_dead_letter"), {"dead_letter_id": letter_id})
            else:
                outcome.left += 1
                given = {"dead_letter_id": letter_id, "reason": reason}
                connection.execute(statement("stream/keep_dead_letter"), given)
    for stream, outcome in outcomes.items():
        record_event(connection, Kind.LETTERS_REPLAYED, stream, {"by": by, **vars(outcome)})
        if not outcome.left:
            close_event(connection, Kind.READER_FAULT, stream)
    return outcomes


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
