"""The task instances of a run that are red: what each was about, and why it failed. A row each in `tides.run_task`."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby

from psycopg.rows import class_row

from tides.database.session import Connection
from tides.database.statements import statement
from tides.faults import Fault, anchor_of
from tides.foreign import LONGEST_DETAIL, quoted

MOST_LABELS = 5
"""How many of the instances that failed by the same error are named."""

UNMAPPED = -1
"""Airflow's map index of a task that is not mapped."""


@dataclass(frozen=True)
class Instance:
    """A task instance of an attempt. `label` says what it is about; None: the task is not mapped."""

    run_id: str
    task_id: str
    map_index: int = UNMAPPED
    label: str | None = None


@dataclass(frozen=True)
class Ended:
    """In which state Airflow has a task instance whose end has come."""

    task_id: str
    map_index: int
    state: str


@dataclass(frozen=True)
class RedTask:
    """A task instance that has failed, or was not begun since others had. `error` is None where nobody knows it."""

    task_id: str
    map_index: int
    label: str | None
    fault: str
    error: str | None

    @property
    def name(self) -> str:
        """The task with what it was about; of a mapped one without a label the number."""
        if self.label is None and self.map_index == UNMAPPED:
            return self.task_id
        return f"{self.task_id} {self.map_index if self.label is None else self.label}"


@dataclass(frozen=True)
class Red:
    """The red tasks of an attempt, and the address of the runbook that says more of each."""

    tasks: Sequence[RedTask] = ()
    runbook: str = "runbook"


@dataclass(frozen=True)
class Failure:
    """The instances of a task that failed by the same error. `labels` are those of the first few of them."""

    task_id: str
    fault: Fault
    error: str | None
    number: int
    labels: list[str]

    @property
    def anchor(self) -> str:
        """Its paragraph in the runbook."""
        return anchor_of(self.fault, self.task_id)


def note_begun(connection: Connection, task: Instance) -> None:
    """Notes that a try of a task has begun. What an earlier try failed by is forgotten."""
    connection.execute(statement("journal/note_begun"), asdict(task))


def note_red(connection: Connection, task: Instance, fault: Fault, error: str) -> None:
    """Notes why a try of a task has failed."""
    given = {**asdict(task), "fault": fault.value, "error": quoted(error, LONGEST_DETAIL)}
    connection.execute(statement("journal/note_red"), given)


def note_done(connection: Connection, task: Instance) -> None:
    """Notes that a task has ended well."""
    connection.execute(statement("journal/note_done"), asdict(task))


def red_tasks(connection: Connection, run_id: str, ended: Iterable[Ended]) -> list[RedTask]:
    """The red tasks of an attempt. `ended` are those of its task instances whose end has come, as Airflow says.

    What was killed could note nothing, nor could what failed before it came to the database: that is noted here.
    """
    given = {"run_id": run_id, "ended": json.dumps([asdict(each) for each in ended])}
    given |= {"killed": Fault.KILLED.value, "not_begun": Fault.NOT_BEGUN.value}
    with connection.transaction():
        connection.execute(statement("journal/drop_done"), given)
        connection.execute(statement("journal/note_killed"), given)
    return _red(connection, run_id)


def end_killed(connection: Connection, run_id: str) -> list[RedTask]:
    """The red tasks of an attempt that ended without its report: what went on has been killed."""
    connection.execute(statement("journal/end_killed"), {"run_id": run_id, "killed": Fault.KILLED.value})
    return _red(connection, run_id)


def _red(connection: Connection, run_id: str) -> list[RedTask]:
    with connection.cursor(row_factory=class_row(RedTask)) as cursor:
        return cursor.execute(statement("journal/red_tasks"), {"run_id": run_id}).fetchall()


def failures(tasks: Iterable[RedTask]) -> list[Failure]:
    """Red tasks by task and error: first what stays red until a person does something, at last what was not begun."""

    def by(task: RedTask) -> tuple[int, str, str, str]:
        fault = Fault(task.fault)
        rank = 2 if fault is Fault.NOT_BEGUN else 0 if fault.by_hand else 1
        return rank, task.task_id, task.fault, task.error or ""

    found = []
    for (_, task_id, fault, error), group in groupby(sorted(tasks, key=by), by):
        alike = list(group)
        labels = [each.label for each in alike if each.label is not None][:MOST_LABELS]
        found.append(Failure(task_id, Fault(fault), error or None, len(alike), labels))
    return found
