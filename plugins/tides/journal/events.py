"""What an operator should know beside a run's own report: opened once, counted when seen again, closed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from tides.database.session import Connection
from tides.database.statements import statement
from tides.journal.kinds import Kind


def note_event(connection: Connection, kind: Kind, subject: str, detail: dict[str, Any]) -> bool:
    """Opens an event (True), or counts one more sighting of the one that is open, with its newest detail (False)."""
    given = {"kind": kind.value, "subject": subject, "detail": Jsonb(detail)}
    row = connection.execute(statement("journal/note_event"), given).fetchone()
    return bool(row and row["new"])


def record_event(connection: Connection, kind: Kind, subject: str, detail: dict[str, Any]) -> None:
    """Records what has happened and is over, such as what a person did."""
    given = {"kind": kind.value, "subject": subject, "detail": Jsonb(detail)}
    connection.execute(statement("journal/record_event"), given)


def close_event(connection: Connection, kind: Kind, subject: str) -> None:
    """Closes an event whose cause is gone."""
    connection.execute(statement("journal/close_event"), {"kind": kind.value, "subject": subject})


def close_unseen(connection: Connection, kinds: Sequence[Kind], since: datetime) -> None:
    """Closes the open events of these kinds that were not seen again since a moment (UTC)."""
    given = {"kinds": [kind.value for kind in kinds], "since": since}
    connection.execute(statement("journal/close_unseen"), given)
