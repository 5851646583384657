"""Events: what an operator should know beside the report of a run. Each is opened once, counted when seen again,
closed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from tides.database.session import Connection
from tides.database.statements import statement
from tides.foreign import LONGEST_DETAIL, quoted, quoted_all
from tides.journal.kinds import Kind


def note_event(connection: Connection, kind: Kind, subject: str, detail: dict[str, Any]) -> bool:
    """Opens an event (True), or counts a further sighting of the open one, with its newest detail (False)."""
    row = connection.execute(statement("journal/note_event"), _safe(kind, subject, detail)).fetchone()
    return bool(row and row["new"])


def record_event(connection: Connection, kind: Kind, subject: str, detail: dict[str, Any]) -> None:
    """Records an event that is over at once, such as the act of a person."""
    connection.execute(statement("journal/record_event"), _safe(kind, subject, detail))


def close_event(connection: Connection, kind: Kind, subject: str) -> None:
    """Closes an event whose cause is gone."""
    connection.execute(statement("journal/close_event"), {"kind": kind.value, "subject": quoted(subject)})


def close_event_of_other_run(connection: Connection, kind: Kind, subject: str, run_id: str) -> None:
    """Closes an event that another run saw last: its detail names the run."""
    given = {"kind": kind.value, "subject": subject, "run_id": run_id}
    connection.execute(statement("journal/close_event_of_other_run"), given)


def close_unseen(connection: Connection, kinds: Sequence[Kind], since: datetime) -> None:
    """Closes the open events of these kinds that were not seen again since a moment (UTC)."""
    given = {"kinds": [kind.value for kind in kinds], "since": since}
    connection.execute(statement("journal/close_unseen"), given)


def said(words: str) -> dict[str, str]:
    """What a person says of an act, as the detail of its event has it: nothing for no words."""
    return {"reason": words} if words else {}


def acknowledge(connection: Connection, event_id: int, by: str, words: str) -> bool:
    """Notes on an open event who has taken it up, and what they say. False: it is closed, or somebody else has it."""
    given = {"event_id": event_id, "by": quoted(by), "words": quoted(words, LONGEST_DETAIL)}
    return connection.execute(statement("journal/acknowledge"), given).rowcount == 1


def _safe(kind: Kind, subject: str, detail: dict[str, Any]) -> dict[str, Any]:
    # Names of columns and rows of services are part of both.
    return {"kind": kind.value, "subject": quoted(subject), "detail": Jsonb(quoted_all(detail))}
