"""The red tasks of a run, as its report tells of them: what each was about, why it failed, and what to do."""

from tides.faults import Fault
from tides.foreign import LONGEST_DETAIL, in_markdown
from tides.journal.red_tasks import Failure, Red, failures


def failed_part(red: Red, comes: str) -> list[str]:
    """The part of a report in Markdown, a line an error; empty when no task is red. `comes` says what mends it."""
    found = failures(red.tasks)
    if not found:
        return []
    failed = sum(each.number for each in found if each.fault is not Fault.NOT_BEGUN)
    not_begun = sum(each.number for each in found) - failed
    count = f"{failed} {'task' if failed == 1 else 'tasks'}" + (f"; {not_begun} not begun" if not_begun else "")
    lines = [f"- {_line(each, red.runbook)}" for each in found if each.fault is not Fault.NOT_BEGUN]
    if waiting := [f"`{each.task_id}`" for each in found if each.fault is Fault.NOT_BEGUN]:
        lines.append(f"- Not begun, since they wait for the tasks before them: {', '.join(waiting)}")
    return [f"**Failed: {count}.** Nothing is lost. {comes}", "\n".join(lines)]


def _line(failure: Failure, runbook: str) -> str:
    labels = [in_markdown(label) for label in failure.labels]
    rest = failure.number - len(labels)
    if labels and rest:
        labels.append(f"and {rest} more")
    about = f" ({', '.join(labels)})" if labels else ""
    words = f": {in_markdown(failure.error.rstrip('.'), LONGEST_DETAIL)}" if failure.error else ""
    todo = f"What to do: {failure.fault.remedy}. [Runbook]({runbook}#{failure.anchor})"
    return f"`{failure.task_id}`{about}, {failure.fault}{words}. {todo}"
