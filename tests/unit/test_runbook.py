"""The runbook knows each task, each class of error and each event that an operator can meet."""

import inspect
import re
from pathlib import Path

import pytest

from tests.runbook import blocks, commands
from tides import errors
from tides.faults import anchor_of_task
from tides.journal.kinds import Kind
from tides.page.render import runbook_html

PROJECT = Path(__file__).parents[2]
RUNBOOK = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
TASKS = re.findall(
    r"^    def (\w+)\(|sql_step\(\"\w+/(\w+)\"", (PROJECT / "dags" / "tides_bridge.py").read_text(), re.M
)
TESTS = [file.read_text(encoding="utf-8") for file in (PROJECT / "tests").rglob("*.py")]
RUN = {beginning for text in TESTS for beginning in re.findall(r"\bcommand\(\s*\"([^\"]+)\"", text)}
"""How the commands begin that tests take from the runbook and run."""
WHOLE = [
    block for text in TESTS for heading in re.findall(r"\bblocks\(\"([^\"]+)\"", text) for block in blocks(heading)
]
"""The blocks that tests give to a shell as they are."""
ERRORS = [
    name
    for name, found in inspect.getmembers(errors, inspect.isclass)
    if issubclass(found, errors.TidesError) and found is not errors.TidesError
]


@pytest.mark.parametrize("task", [a or b for a, b in TASKS])
def test_each_task_that_can_be_red_has_a_row(task):
    rows = [row for row in RUNBOOK.splitlines() if row.startswith("|") and "red" in row]
    assert any(f"`{task}`" in row.split("|")[1] for row in rows), f"docs/operations.md says nothing of a red {task}"
    assert (runbook_html() or "").count(f'id="{anchor_of_task(task)}"') == 1


@pytest.mark.parametrize("error", ERRORS)
def test_each_class_of_error_is_named_with_what_to_do(error):
    assert f"`{error}`" in RUNBOOK


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_of_event_is_named(kind):
    table = [row for row in RUNBOOK.splitlines() if row.startswith("|")]
    assert any(kind in row for row in table) or f'"{kind}"' in RUNBOOK


@pytest.mark.parametrize("line", commands())
def test_each_command_is_run_by_a_test(line):
    by_itself = any(line.startswith(beginning) for beginning in RUN) or any(f'"{line}"' in text for text in TESTS)
    assert by_itself or any(line in block for block in WHOLE)


def test_there_are_tasks_and_errors_to_look_for():
    assert len(TASKS) > 10
    assert len(ERRORS) > 5
