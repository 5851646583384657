"""What needs somebody: a bridge that stands still, a red run, and the open events that ask for a person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby

from tides.faults import Fault
from tides.journal.kinds import Kind
from tides.journal.red_tasks import Failure, failures
from tides.reports.rows import LastRun, OpenKind, RedOfRun
from tides.reports.words import at
from tides.runs.context import BRIDGE


class Level(StrEnum):
    """How urgent a line is. The value is the word that stands beside the colour."""

    GOOD = "good"
    LOOK = "look"
    ACT = "act"


NEEDS_NOBODY = frozenset(
    {
        Kind.GAP,
        Kind.RECLASSIFIED,
        Kind.CONTRADICTION,
        Kind.DOUBLE,
        Kind.VISITS_CLOSED,
        Kind.VISITS_UNREADABLE,
    }
)
"""Kinds that stay open, and that the bridge ends or outlives by itself. Their remedy begins with "nothing"."""

URGENT = (
    Kind.CUT_OFF_NEAR,
    Kind.NO_GOOD_RUN,
    Kind.HELD,
    Kind.REFUSES_EVERYTHING,
    Kind.NOT_INGESTED,
    Kind.TOPIC_MISSING,
    Kind.VERSIONS_MIXED,
)
"""What keeps targets from 4MOST, the most urgent first."""

NEVER_CLOSE = frozenset({Kind.TOPIC_RECREATED, Kind.LOG_CHANGED, Kind.LOG_SHORTER})
"""Kinds of which an event counts sightings, and is never closed."""

FRESH = timedelta(days=1)
"""For so long after its last sighting an event of a kind that never closes asks for somebody."""


@dataclass(frozen=True)
class Need:
    """Something that needs somebody: what it is, since when, and what to do. `anchor` is its place in the runbook.

    `run_id` names the run whose report says more, and `view` the view that does. `taken` says who has taken it up.
    """

    level: Level
    what: str
    since: datetime
    about: list[str]
    words: str
    todo: str
    anchor: str
    run_id: str | None = None
    view: str | None = None
    taken: str | None = None


def needs(
    run: LastRun | None,
    open_kinds: Sequence[OpenKind],
    now: datetime,
    stands_still: bool,
    red: Sequence[RedOfRun] = (),
) -> list[Need]:
    """What needs somebody at a moment (UTC), the most urgent first. `red` are red tasks, run by run.

    `stands_still` says that no live run has ended well for `alarms.no_good_run_h`.
    """
    kinds = {each.kind: each for each in open_kinds}
    # The event follows by the watchdog's next look, if that can look.
    if stands_still and run:
        kinds.setdefault(Kind.NO_GOOD_RUN.value, OpenKind(Kind.NO_GOOD_RUN.value, 1, run.ended_at, now, ["live"], None))
    elif not stands_still:
        kinds.pop(Kind.NO_GOOD_RUN.value, None)
    asking = [kind for kind in (*URGENT, *(kind for kind in Kind if kind not in URGENT)) if _asks(kind, kinds, now)]
    found = [_of_event(kind, kinds[kind.value]) for kind in asking if kind in URGENT]
    for run_id, tasks in groupby(red, lambda task: task.run_id):
        found += _of_run(run_id, list(tasks))
    if run and not run.good and run.run_id not in {task.run_id for task in red}:
        todo = "look at the report, and at the red tasks; nothing is lost, and the next run takes it up"
        what = "the last run was not good"
        found.append(Need(Level.LOOK, what, run.ended_at, run.failed, "", todo, "any-task", run.run_id))
    found += [_of_event(kind, kinds[kind.value]) for kind in asking if kind not in URGENT]
    return sorted(found, key=lambda need: need.level is not Level.ACT)


def _asks(kind: Kind, kinds: Mapping[str, OpenKind], now: datetime) -> bool:
    event = kinds.get(kind.value)
    return bool(event and kind not in NEEDS_NOBODY and (kind not in NEVER_CLOSE or now - event.seen_at < FRESH))


def _of_run(run_id: str, tasks: Sequence[RedOfRun]) -> Iterator[Need]:
    """A need for each error of a run's tasks, and one for all that was not begun."""
    since = min(task.failed_at for task in tasks)
    dag = f"{tasks[0].dag_id}: " if tasks[0].dag_id not in (None, BRIDGE) else ""
    found = failures(tasks)
    for failure in found:
        if failure.fault is not Fault.NOT_BEGUN:
            yield _of_failure(failure, dag, since, run_id)
    if waiting := [failure for failure in found if failure.fault is Fault.NOT_BEGUN]:
        about, todo = [failure.task_id for failure in waiting], waiting[0].fault.remedy
        yield Need(Level.LOOK, f"{dag}not begun", since, about, "", todo, waiting[0].anchor, run_id)


def _of_failure(failure: Failure, dag: str, since: datetime, run_id: str) -> Need:
    what = f"{dag}{failure.task_id} is red: {failure.fault}" + (f" ({failure.number})" if failure.number > 1 else "")
    about = [*failure.labels, *(["…"] if failure.labels and failure.number > len(failure.labels) else [])]
    level = Level.ACT if failure.fault.by_hand else Level.LOOK
    return Need(level, what, since, about, failure.error or "", failure.fault.remedy, failure.anchor, run_id)


def _of_event(kind: Kind, event: OpenKind) -> Need:
    about = [*event.subjects, *(["…"] if event.number > len(event.subjects) else [])]
    what = f"{kind} ({event.number})" if event.number > 1 else f"{kind}"
    # Somebody is at it already, at each of them.
    level = Level.ACT if kind in URGENT and event.acknowledged < event.number else Level.LOOK
    words = event.words if event.words and event.number == 1 else kind.meaning
    view = "held" if kind in (Kind.HELD, Kind.REFUSES_EVERYTHING) else None
    return Need(level, what, event.since, about, words, kind.remedy, anchor_of(kind), view=view, taken=_taken(event))


def _taken(event: OpenKind) -> str | None:
    if not event.acknowledged_at:
        return None
    of = f"{event.acknowledged} of {event.number}: " if event.number > 1 else ""
    return f"{of}{event.acknowledged_by}, {at(event.acknowledged_at)}: {event.acknowledgement}"


def anchor_of(kind: str) -> str:
    """The place of a kind of event in the runbook."""
    return "event-" + "".join(c if c.isalnum() else "-" for c in kind.lower())
