"""What an operator should know beside a run's own report: opened once, counted when seen again, closed."""

from typing import Any

from psycopg.types.json import Jsonb

from tides.database.session import Connection

LOST = "broker lost"
"""The kind of the event that counts what a stream should have brought: one an audit and stream, by UTC day."""


def note_event(connection: Connection, kind: str, subject: str, detail: dict[str, Any]) -> bool:
    """Opens an event (True), or counts one more sighting of the one that is open, with its newest detail (False)."""
    row = connection.execute(
        "INSERT INTO tides.event AS e (kind, subject, detail) VALUES (%s, %s, %s)"
        " ON CONFLICT (kind, subject) WHERE closed_at IS NULL"
        " DO UPDATE SET seen = e.seen + 1, last_seen_at = now(), detail = excluded.detail"
        " RETURNING seen = 1 AS new",
        (kind, subject, Jsonb(detail)),
    ).fetchone()
    return bool(row and row["new"])


def record_event(connection: Connection, kind: str, subject: str, detail: dict[str, Any]) -> None:
    """Records what has happened and is over, such as what a person did."""
    connection.execute(
        "INSERT INTO tides.event (kind, subject, detail, closed_at) VALUES (%s, %s, %s, now())",
        (kind, subject, Jsonb(detail)),
    )


def close_event(connection: Connection, kind: str, subject: str) -> None:
    """Closes an event whose cause is gone."""
    connection.execute(
        "UPDATE tides.event SET closed_at = now() WHERE (kind, subject) = (%s, %s) AND closed_at IS NULL",
        (kind, subject),
    )
