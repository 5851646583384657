"""What makes a task red, by what a person must do."""

from enum import StrEnum

from tides.errors import (
    AccessRefused,
    AnswerBroken,
    Conflict,
    PayloadBroken,
    ServiceAway,
    SettingsError,
    TidesError,
    ValuesImplausible,
)

GOES_ON = "nothing; the retry or the next run goes on"


class Fault(StrEnum):
    """Why a task is red; its value is the text in `tides.run_task.fault`.

    `remedy` is what a person does about it. `by_hand` says that it stays red until somebody does. `of_any_task` says
    that the runbook has one paragraph for all tasks.
    """

    remedy: str
    by_hand: bool
    of_any_task: bool

    def __new__(cls, text: str, remedy: str = "", by_hand: bool = False, of_any_task: bool = False) -> "Fault":
        """A member whose value is the text alone."""
        member = str.__new__(cls, text)
        member._value_ = text
        member.remedy, member.by_hand, member.of_any_task = remedy, by_hand, of_any_task
        return member

    AWAY = "service away", f"{GOES_ON}. Red for hours: look at the service that the error names"
    BROKEN = "answer broken", f"{GOES_ON}. Red for hours: ask whoever runs the service"
    CONFLICT = "conflict", GOES_ON
    SETTING = "setting", "correct what the error names, then clear the task", True, True
    REFUSED = "access refused", "correct the connection that the error names, then clear the task", True
    PAYLOAD = "payload broken", "tell the developers what the error names; nothing was sent", True
    VALUES = "values implausible", "look at what the error names: its unit at the broker, or `columns`", True
    TIMEOUT = "time limit", "nothing; what it stored stays, and the retry does the rest", False, True
    KILLED = "killed", f"{GOES_ON}. Again and again: look at the machine's memory, and at the task's log", False, True
    DEFECT = "error of the code", "show the developers the task's log; nothing is lost", True, True
    NOT_BEGUN = "not begun", "nothing; it waits for the tasks before it", False, True


_BY_CLASS: tuple[tuple[type[TidesError], Fault], ...] = (
    (ServiceAway, Fault.AWAY),
    (AnswerBroken, Fault.BROKEN),
    (Conflict, Fault.CONFLICT),
    (SettingsError, Fault.SETTING),
    (AccessRefused, Fault.REFUSED),
    (PayloadBroken, Fault.PAYLOAD),
    (ValuesImplausible, Fault.VALUES),
)


def fault_of(error: BaseException) -> Fault:
    """Why a task that ended by this error is red. What is no error of ours is a fault of the code."""
    return next((fault for kind, fault in _BY_CLASS if isinstance(error, kind)), Fault.DEFECT)


def anchor_of(fault: Fault, task_id: str) -> str:
    """The paragraph in the runbook on a task that is red by this fault."""
    return "any-task" if fault.of_any_task else anchor_of_task(task_id)


def anchor_of_task(task_id: str) -> str:
    """The paragraph in the runbook on a red task."""
    return f"task-{task_id}"
