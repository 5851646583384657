"""The states of a target, and the steps between them, as `tides_history` tells them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from psycopg.rows import class_row

from tides.database.session import Connection


class State(StrEnum):
    """A step of a target, which is also the state that it is in afterwards."""

    SELECTED = "selected"
    """A function in use passed; in the master. Written by upsert_master.sql."""

    CREATED = "created"
    """4MOST has a row of it, whose key we know. Written by a trigger on fourmost_key."""

    INGESTED = "ingested"
    """4MOST's operations system has it: from now on only its flag can change. By a trigger on fourmost_target."""

    DEACTIVATED = "deactivated"
    """Not live (any more): its row at 4MOST is switched off, or never made. Written by deactivate_unobserved.sql.

    What is reclassified is deactivated like any other: `tides_master.why` tells them apart.
    """

    REACTIVATED = "reactivated"
    """Live after all. Written by deactivate_unobserved.sql."""

    VETOED = "vetoed"
    """Not live, by a person's word. Written by deactivate_unobserved.sql, as the next two."""

    FORCED = "forced"
    """Live, by a person's word, whatever its brightness."""

    OBSERVED = "observed"
    """Not live, since it has as many good spectra as its function asks for."""

    MERGED = "merged"
    """Another target, as it turned out, which has all of it now. Written by merge_targets.sql, or for a person."""


OFF = frozenset({State.DEACTIVATED, State.VETOED, State.OBSERVED})
ON = frozenset({State.REACTIVATED, State.FORCED})

FOLLOWS: dict[State | None, frozenset[State]] = {
    None: frozenset({State.SELECTED}),
    State.SELECTED: frozenset({State.CREATED, State.MERGED, *OFF}),
    State.CREATED: frozenset({State.INGESTED, State.MERGED, *OFF, *ON}),
    State.INGESTED: OFF | ON | {State.MERGED},
    **dict.fromkeys(OFF, ON | {State.CREATED, State.INGESTED, State.MERGED}),
    **dict.fromkeys(ON, OFF | {State.CREATED, State.INGESTED, State.MERGED}),
    State.MERGED: frozenset({State.DEACTIVATED, State.CREATED, State.INGESTED}),
}
"""What can come after a state; None is before the first step. A target that was switched off while its create was on
the way, or while it waited for ingestion, is still created and ingested."""


def unexpected(steps: Sequence[str]) -> list[str]:
    """Where a history leaves the machine, in words; empty when it keeps to it.

    Besides `FOLLOWS`: selected, created, ingested and merged come once, ingested after created, and switching
    off and on take turns.
    """
    found = []
    before: State | None = None
    off = False
    for place, step in enumerate(map(State, steps)):
        if step not in FOLLOWS[before]:
            found.append(f"{step} after {before or 'nothing'}")
        if step in OFF | ON:
            if off == (step in OFF):
                found.append(f"{step} though {'off' if off else 'on'} already")
            off = step in OFF
        elif step in steps[:place]:
            found.append(f"{step} twice")
        if step is State.INGESTED and State.CREATED not in steps[:place]:
            found.append("ingested before created")
        before = step
    return found


@dataclass(frozen=True)
class Step:
    """One step of a target: when, which, why, and by which run or person."""

    at: datetime
    step: str
    reason: str
    by: str


def history(connection: Connection, tides_id: int) -> list[Step]:
    """The steps of a target in their order: when, which, why, and by which run or person."""
    query = "SELECT at, step, reason, by FROM tides.tides_history WHERE tides_id = %s ORDER BY history_id"
    with connection.cursor(row_factory=class_row(Step)) as cursor:
        return cursor.execute(query, (tides_id,)).fetchall()
