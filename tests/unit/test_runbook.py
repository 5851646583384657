"""The runbook knows each task, each class of error and each event that an operator can meet."""

import ast
import inspect
import re
from pathlib import Path

import pytest

from tides import errors

PROJECT = Path(__file__).parents[2]
RUNBOOK = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
LIBRARY = sorted((PROJECT / "plugins" / "tides").rglob("*.py"))
TASKS = re.findall(
    r"^    def (\w+)\(|sql_step\(\"\w+/(\w+)\"", (PROJECT / "dags" / "tides_bridge.py").read_text(), re.M
)
ERRORS = [name for name, _ in inspect.getmembers(errors, inspect.isclass) if name != "TidesError"]
NOTING = {"note_event": 1, "record_event": 1, "_event": 0}


def kinds_of_events() -> set[str]:
    """Every kind of event that is written out in a call."""
    calls = [n for file in LIBRARY for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Call)]
    kinds = set()
    for call in calls:
        place = NOTING.get(getattr(call.func, "id", getattr(call.func, "attr", "")))
        if place is not None and len(call.args) > place and isinstance(call.args[place], ast.Constant):
            kinds.add(call.args[place].value)
    return kinds


@pytest.mark.parametrize("task", [a or b for a, b in TASKS])
def test_each_task_that_can_be_red_has_a_row(task):
    rows = [row for row in RUNBOOK.splitlines() if row.startswith("|") and "red" in row]
    assert any(f"`{task}`" in row.split("|")[1] for row in rows), f"docs/operations.md says nothing of a red {task}"


@pytest.mark.parametrize("error", ERRORS)
def test_each_class_of_error_is_named_with_what_to_do(error):
    assert f"`{error}`" in RUNBOOK


def test_each_kind_of_event_is_named_with_what_to_do():
    kinds = kinds_of_events()
    assert len(kinds) > 4
    assert len(TASKS) > 10
    table = [row for row in RUNBOOK.splitlines() if row.startswith("|")]
    assert sorted(kind for kind in kinds if not any(kind in row for row in table)) == []
