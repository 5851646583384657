"""The states of a target and the steps between them, as in `tides_history`."""

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
    """The operations system of 4MOST has it: from now on only its flag can change. By a trigger on fourmost_target."""

    DEACTIVATED = "deactivated"
    """Not live (any more): its row at 4MOST is switched off, or never made. Written by deactivate_unobserved.sql.

    A reclassified target is deactivated like any other: `tides_master.why` tells them apart.
    """

    REACTIVATED = "reactivated"
    """Live after all. Written by deactivate_unobserved.sql."""

    VETOED = "vetoed"
    """Not live, by a person's decision. Written by deactivate_unobserved.sql, as the next two."""

    FORCED = "forced"
    """Live, by a person's decision, whatever its brightness."""

    OBSERVED = "observed"
    """Not live, since it has as many good spectra as its function asks for."""

    MERGED = "merged"
    """The same as another target, which now has all of it. Written by merge_targets.sql, or for a person."""


OFF = frozenset({State.DEACTIVATED, State.VETOED, State.OBSERVED})
ON = frozenset({State.REACTIVATED, State.FORCED})

FOLLOWS: dict[State | None, frozenset[State]] = {
    None: frozenset({State.SELECTED}),
    State.SELECTED: frozenset({State.CREATED, State.MERGED, *OFF}),
    State.CREATED: frozenset({State.INGESTED, State.MERGED, *OFF, *ON}),
    State.INGESTED: OFF | ON | {State.MERGED},
    # A target can be switched off while its create is on the way, or while it waits for ingestion. It is still created
    # and ingested then.
    **dict.fromkeys(OFF, ON | {State.CREATED, State.INGESTED, State.MERGED}),
    **dict.fromkeys(ON, OFF | {State.CREATED, State.INGESTED, State.MERGED}),
    # A merge does not switch a target off by itself: that is the next step of the live rule, if it was on.
    State.MERGED: frozenset({State.DEACTIVATED, State.CREATED, State.INGESTED}),
}
"""What can come after a state; None is before the first step."""


def unexpected(steps: Sequence[str]) -> list[str]:
    """Where a history breaks the rules, in words; empty when it keeps them.

    Besides `FOLLOWS`: selected, created, ingested and merged come once, and ingested after created. Switching off and
    on take turns.
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


@dataclass(frozen=True)
class LiveSpan:
    """A time in which a target was live, and the steps that began and ended it; None: it still is."""

    since: datetime
    until: datetime | None
    began: str
    ended: str | None


def live_spans(steps: Sequence[Step]) -> list[LiveSpan]:
    """When a target was live, by its steps in their order.

    A new target is taken to be live until the live rule has judged it. One that the same run made and switched off was
    never live.
    """
    spans: list[LiveSpan] = []
    began: Step | None = None
    for step in steps:
        state = State(step.step)
        if began is None and (state is State.SELECTED or state in ON):
            began = step
        elif began is not None and state in OFF:
            if began.step != State.SELECTED or began.by != step.by:
                spans.append(LiveSpan(began.at, step.at, began.step, step.step))
            began = None
    return spans if began is None else [*spans, LiveSpan(began.at, None, began.step, None)]
