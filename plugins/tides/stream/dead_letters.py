"""Dead letters: what could not be read or judged, listed, and replayed once the cause is mended."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from tides.database.session import Connection
from tides.database.statements import statement
from tides.journal.events import record_event
from tides.journal.kinds import Kind
from tides.settings.sections import Stream
from tides.stream.fold import fold_alerts
from tides.stream.messages import Unreadable, read_alert


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
    """What became of a stream's dead letters: `folded` and `woken` are none any more, `left` still are."""

    folded: int = 0
    woken: int = 0
    left: int = 0


def listed(connection: Connection, stream: str | None = None, limit: int = 100) -> list[DeadLetter]:
    """The newest dead letters, of one stream or of all; without their bytes, which nobody has checked."""
    with connection.cursor(row_factory=class_row(DeadLetter)) as cursor:
        return cursor.execute(statement("stream/dead_letters"), {"stream": stream, "limit": limit}).fetchall()


def replay(
    connection: Connection, streams: Mapping[str, Stream], by: str, only: str | None = None
) -> dict[str, Replayed]:
    """Reads each message again and folds it into its object; lets each object that was set aside wait again.

    What succeeds is no dead letter any more, in the same transaction; what does not stays one, with its newest reason.
    Each stream's replay is recorded as an event, with `by`, who asked. `only` names one stream. Can be repeated.
    `streams` are all of the settings, by name.
    """
    outcomes: dict[str, Replayed] = {}
    for letter_id in _ids(connection, only):
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
    """Why a letter stays dead; None when it does not. One without a time of its own was known when it was buried."""
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
        alert = read_alert(letter["raw"], letter["buried_at"], stream)
        with connection.transaction():
            fold_alerts(connection, letter["lane"], letter["stream"], stream, [alert])
    except Unreadable as reason:
        return str(reason)
    except psycopg.DataError as error:
        return f"refused by the database: {error.diag.message_primary}"
    outcome.folded += 1
    return None
