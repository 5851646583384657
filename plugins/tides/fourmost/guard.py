"""The flood guard: too many changes of a kind at once wait until a person has looked.

A fault upstream looks like a flood. Examples are a wrong filter, magnitudes in other units, or an empty database.
Nobody knows which part of a flood is right. So all changes of a kind that exceeds its limit in one run are held, in the
tables. The run goes on, and its report says so. The day's last run before the cut-off sends some creates: those of
functions and feeds that have not changed lately. They go up to the limit, the newest trigger first. Deactivations over
the limit stay held. While 4MOST has never given us a key, every create is held.

Where the settings say so (`budget.hold`), creates beyond a budget of fibre hours are held too, the lowest priority
first.

(Rules: docs/operations.md, "The guard".)
"""

import json
import sys
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from tides.database.session import Connection
from tides.database.statements import statement
from tides.errors import SettingsError
from tides.fourmost.cutoff import is_last_run
from tides.fourmost.fibre_hours import ALL, asked_for, over_budget
from tides.functions.functions import InUse
from tides.journal.events import close_event, note_event, record_event, said
from tides.journal.kinds import Kind
from tides.journal.runs import Attempt, attempts_of
from tides.runs.context import LIVE
from tides.settings.sections import Budget, CutOff, Guard
from tides.targets.why import ON, Why

LISTED = "listed"

CREATES = ("created", "host", LISTED, "forced")
"""Changes that are counted by number; the others by their share of what is active at 4MOST.

What a person forced, or put on a list, is not counted: only a first start or a budget holds it.
"""

NEVER_HELD = frozenset({Why.VETOED, Why.OBSERVED, Why.BETWEEN_EPOCHS, Why.UNLISTED})
"""Decisions of a person, and what follows from a spectrum."""

DEACTIVATIONS = tuple(why for why in Why if why not in ON | NEVER_HELD)
"""Each reason to switch off is a kind of its own, but for those that are never held."""

BEYOND = "budget"
"""Why a create is held that would exceed a budget of fibre hours."""

AT_ONCE = 1000
"""So many changes are read at a time."""

REASONS = ("initial", *CREATES, *DEACTIVATIONS, BEYOND)


@dataclass(frozen=True)
class _Change:
    """A change that waits to be told, as `waiting_changes.sql` gives it; `triggered` in JD (UTC), `hours` of fibres."""

    id: int
    change: str
    released: bool
    trusted: bool
    triggered: float | None
    priority: int
    subsurvey: str | None
    hours: float


class _Kind:
    """The changes of a kind that wait, unless they are released: in a flood the ids alone, and the best creates."""

    def __init__(self, limit: int, creates: bool) -> None:
        self.limit, self.creates = limit, creates
        self.ids = array("q")
        self.few: list[_Change] = []
        self._best: list[_Change] = []

    def take(self, change: _Change) -> None:
        """Takes in one more."""
        self.ids.append(change.id)
        if not self.creates:
            return
        if not self.too_many:
            self.few.append(change)
        if change.trusted and self.limit < sys.maxsize:
            self._best.append(change)
            # A flood can be longer than the memory of a task.
            if len(self._best) > 2 * self.limit + AT_ONCE:
                self._best = self.trusted()

    @property
    def too_many(self) -> bool:
        """Whether they exceed their limit."""
        return len(self.ids) > self.limit

    def trusted(self) -> list[_Change]:
        """Those of functions and feeds that have not changed lately, the newest trigger first, up to the limit."""
        return sorted(self._best, key=lambda c: (-c.priority, -(c.triggered or 0), c.id))[: self.limit]


def hold_floods(
    connection: Connection,
    guard: Guard,
    budget: Budget,
    cut_off: CutOff | None,
    functions: Sequence[InUse],
    run_id: str,
    now: datetime,
) -> Counter[str]:
    """Holds the kinds that exceed a limit and frees all else. Gives how many changes are held, by reason.

    `functions` are those in use. It is level-triggered: a flood that ebbs away is free again. It needs a transaction.
    """
    last_run = cut_off is not None and is_last_run(now, cut_off)
    # An empty database in the place of a full one looks like a first start.
    first_start = guard.initial and _is_first_start(connection)
    active = _active_at_4most(connection)
    waiting: dict[str, _Kind] = {}
    for change in _waiting(connection, functions, guard):
        kind = waiting.setdefault(change.change, _Kind(_limit(change.change, guard, active), change.change in CREATES))
        kind.take(change)
    held: defaultdict[str, list[int]] = defaultdict(list)
    free: list[_Change] = []
    for reason, kind in waiting.items():
        if kind.creates and first_start:
            held["initial"] += kind.ids
            continue
        # Perhaps nobody can answer before the cut-off, and a create that is held now waits a day.
        go = kind.few if not kind.too_many else kind.trusted() if last_run else []
        if kind.too_many:
            goes = {change.id for change in go}
            held[reason] += [n for n in kind.ids if n not in goes]
        # What a person has forced is held by a first start alone.
        free += go if kind.creates and reason != Why.FORCED else []
    held[BEYOND] += _watch_budget(connection, budget, free)
    connection.execute(statement("fourmost/hold_changes"), {"held": json.dumps(held)})
    counts = Counter({reason: len(ids) for reason, ids in held.items()})
    for reason in REASONS:
        if counts[reason]:
            detail = {"number": counts[reason], "run_id": run_id, "next": release_command(reason, run_id)}
            note_event(connection, Kind.HELD, reason, detail)
        else:
            close_event(connection, Kind.HELD, reason)
    return counts


def _waiting(connection: Connection, functions: Sequence[InUse], guard: Guard) -> Iterator[_Change]:
    """The changes that wait, `AT_ONCE` at a time. A released one is free whatever its number: a person has looked."""
    parameters = {"functions": json.dumps(functions), "unchanged_days": guard.unchanged_days}
    with connection.cursor("waiting_changes", row_factory=class_row(_Change)) as cursor:
        cursor.itersize = AT_ONCE
        yield from (c for c in cursor.execute(statement("fourmost/waiting_changes"), parameters) if not c.released)


def _watch_budget(connection: Connection, budget: Budget, creates: Sequence[_Change]) -> list[int]:
    """Tells what goes beyond a budget. Gives the creates that wait for it, where the settings hold them."""
    beyond = over_budget(asked_for(connection), budget)
    for name, hours in beyond.items():
        note_event(connection, Kind.OVER_BUDGET, name, {"words": f"{name}: {hours:.1f} h beyond the budget"})
    opened = "SELECT subject FROM tides.event WHERE kind = %s AND closed_at IS NULL"
    for row in connection.execute(opened, (Kind.OVER_BUDGET.value,)).fetchall():
        if row["subject"] not in beyond:
            close_event(connection, Kind.OVER_BUDGET, row["subject"])
    held = []
    # The newest of the lowest priority waits first.
    for change in sorted(creates, key=lambda c: (c.priority, -c.id)) if budget.hold else ():
        met = [name for name in (ALL, change.subsurvey) if name in beyond]
        if any(beyond[name] > 0 for name in met):
            held.append(change.id)
            beyond |= {name: beyond[name] - change.hours for name in met}
    return held


def release_command(reason: str, run_id: str) -> str:
    """The command that releases the held changes of a reason."""
    what = "--initial" if reason == "initial" else f"--run {run_id}"
    return f"tides release {what} --by NAME"


def release_held(connection: Connection, held: str, run_id: str, by: str, words: str) -> int:
    """Releases what is held for one reason, up to the end of a run. Gives how many; 0: nothing of it is still held.

    Raises as `release_run`.
    """
    if held == "initial":
        return release_initial(connection, by, words)
    return release_run(connection, run_id, by, words, only=held).get(held, 0)


def release_run(
    connection: Connection, run_id: str, by: str, words: str = "", *, only: str | None = None
) -> dict[str, int]:
    """Releases what a run's report showed as held, for the next run to tell. Gives the numbers by reason.

    `only` is the one reason to release; `words` say why the person does. Of several attempts the latest counts. Raises
    SettingsError when no such run is known.
    """
    attempt = reported(connection, run_id)[-1].run_id
    given = {"run_id": attempt, "by": by, "only": only}
    with connection.transaction():
        rows = connection.execute(statement("fourmost/release_run"), given).fetchall()
        freed = {row["was"]: row["changes"] for row in rows}
        if freed:
            record_event(connection, Kind.RELEASED, attempt, {"by": by, "changes": freed} | said(words))
    return freed


def reported(connection: Connection, run_id: str) -> list[Attempt]:
    """The attempts that a person means by RUN or RUN#2 and that have a report, the oldest first.

    A replay holds nothing, so that it counts only where no live one is meant. Raises SettingsError when there is none.
    """
    found = [attempt for attempt in attempts_of(connection, run_id) if attempt.ended_at]
    if not found:
        raise SettingsError(f"no run {run_id!r} has reported: take the id from the report that says what is held")
    return [attempt for attempt in found if attempt.lane == LIVE] or found


def release_initial(connection: Connection, by: str, words: str = "") -> int:
    """Releases the creates of a first start, whatever their number. Gives how many wait. The next run tells them."""
    with connection.transaction():
        freed = connection.execute(statement("fourmost/release_initial"), {"by": by}).rowcount
        # Without any that is held it still says that the first start may begin, once.
        if freed or _is_first_start(connection):
            record_event(connection, Kind.FIRST_START_RELEASED, "4MOST", {"by": by, "creates": freed} | said(words))
    return freed


def release_refused(connection: Connection, by: str) -> int:
    """Makes the next run send again what 4MOST refused, once the cause is mended. Gives how many.

    A target whose name or key belongs to another row at 4MOST stays as it is.
    """
    with connection.transaction():
        freed = connection.execute(statement("fourmost/release_refused")).rowcount
        record_event(connection, Kind.REFUSALS_RELEASED, "4MOST", {"by": by, "targets": freed})
    return freed


def _limit(reason: str, guard: Guard, active: int) -> int:
    if reason in (LISTED, Why.FORCED):
        return sys.maxsize
    if reason in CREATES:
        return int(getattr(guard, reason))
    # A share of a few targets would be less than one, and hold every change.
    return max(guard.at_least, int(getattr(guard, reason, guard.other) * active))


def _is_first_start(connection: Connection) -> bool:
    row = connection.execute(
        # A released first start stays released, also while 4MOST has refused every create so far.
        "SELECT EXISTS (SELECT FROM tides.fourmost_key) OR EXISTS (SELECT FROM tides.event WHERE kind = %s) AS begun",
        (Kind.FIRST_START_RELEASED.value,),
    ).fetchone()
    return not (row and row["begun"])


def _active_at_4most(connection: Connection) -> int:
    row = connection.execute(
        # Of what 4MOST holds as active, we either want it so, or it differs.
        "SELECT count(*) AS active FROM tides.fourmost_target"
        " WHERE (state = 'live' OR differs) AND told ->> 'is_active' = 'true'"
    ).fetchone()
    return int(row["active"]) if row else 0
