"""Decisions of people: a veto or a force, on a target or on all targets at a position.

The newest decision that stands on a target or its place wins. A run never changes a decision. The next run sets
`active` by it, in deactivate_unobserved.sql.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import SettingsError
from tides.targets.places import Position

Verb = Literal["veto", "force"]


@dataclass(frozen=True)
class Decision:
    """A decision that stands: `on` a target or a place in words, `targets` the names of those that it meets."""

    decision_id: int
    verb: Verb
    on: str
    targets: str | None
    reason: str
    by: str
    at: datetime


def decide(
    connection: Connection,
    verb: Verb,
    where: int | Position,
    reason: str,
    by: str,
    cause: dict[str, str] | None = None,
) -> int:
    """Records a decision on a target or host (its `tides_id`) or a position. Gives its number, to undo it by.

    `cause` is common to several decisions that can be undone at once (`undo_all`).

    Raises SettingsError for a host that is to be forced.
    """
    place = where if isinstance(where, Position) else None
    # A forced galaxy could be observed while its transient is still live.
    if verb == "force" and not place:
        host = connection.execute("SELECT name FROM tides.tides_hosts WHERE tides_id = %s", (where,)).fetchone()
        if host:
            raise SettingsError(
                f"{host['name']} is a host galaxy, which can be vetoed, but not forced: it is wanted when its"
                " transient is gone"
            )
    given = {
        "verb": verb,
        "tides_id": None if place else where,
        "ra": place and place.ra,
        "dec": place and place.dec,
        "radius_arcsec": place and place.radius_arcsec,
        "reason": reason,
        "by": by,
        "cause": cause and Jsonb(cause),
    }
    row = connection.execute(statement("targets/record_decision"), given).fetchone()
    assert row is not None
    return int(row["decision_id"])


def undo(connection: Connection, decision_id: int, by: str, reason: str | None = None) -> None:
    """Undoes a decision; it stays in the table. Raises SettingsError when none of this number stands."""
    given = {"decision_id": decision_id, "by": by, "reason": reason}
    undone = connection.execute(statement("targets/undo_decision"), given)
    if not undone.rowcount:
        raise SettingsError(f"no decision {decision_id} can be undone: see `tides decide list`")


def decide_alone(connection: Connection) -> None:
    """Waits until nobody else decides or undoes anything. From then on others wait, until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('tides_decision'))")


def undo_all(connection: Connection, cause: dict[str, str], by: str) -> int:
    """Undoes the decisions that stand for this cause. Gives how many."""
    return connection.execute(statement("targets/undo_decisions"), {"cause": Jsonb(cause), "by": by}).rowcount


def standing(connection: Connection) -> list[Decision]:
    """The decisions that stand, the newest first, each with the targets that it meets."""
    with connection.cursor(row_factory=class_row(Decision)) as cursor:
        return cursor.execute(statement("targets/decisions")).fetchall()
