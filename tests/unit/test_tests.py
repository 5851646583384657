"""Each test can fail by what it finds: it asserts, expects an error, or calls a check that does."""

import ast
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]
FILES = sorted(TESTS.rglob("test_*.py"))

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def functions_of(file: Path) -> list[Function]:
    """Every function of a file, methods and inner ones too."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


@cache
def called(function: Function) -> set[str]:
    """The names of all that a function calls, without the object that a method is called on."""
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {call.id if isinstance(call, ast.Name) else getattr(call, "attr", "") for call in calls}


def asserts_itself(function: Function) -> bool:
    """Whether a function asserts, says what must be raised, or has Hypothesis run its checks."""
    for node in ast.walk(function):
        raised = getattr(node, "exc", None)
        if isinstance(node, ast.Assert) or getattr(getattr(raised, "func", raised), "id", "") == "AssertionError":
            return True
    return bool(called(function) & {"raises", "fail", "run_state_machine_as_test"})


@cache
def checks_of(file: Path) -> frozenset[str]:
    """The functions of a file that assert, by themselves or by another check that the file has or imports."""
    checks = {function.name for function in functions_of(file) if asserts_itself(function)} | imported_checks(file)
    while found := {function.name for function in functions_of(file) if called(function) & checks} - checks:
        checks |= found
    return frozenset(checks)


def imported_checks(file: Path) -> set[str]:
    """The checks that a file imports by name from other files of the tests."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests."):
            other = TESTS.parent / f"{node.module.replace('.', '/')}.py"
            found |= {alias.name for alias in node.names} & (checks_of(other) if other.is_file() else set())
    return found


def without_assertion(file: Path) -> list[str]:
    """The tests of a file that cannot fail by what they find."""
    checks = checks_of(file)
    return [f.name for f in functions_of(file) if f.name.startswith("test_") and f.name not in checks]


def test_each_test_asserts_something():
    assert len(FILES) > 80
    assert {str(file.relative_to(TESTS)): names for file in FILES if (names := without_assertion(file))} == {}


def test_a_test_that_only_runs_something_is_found(tmp_path):
    file = tmp_path / "test_it.py"
    file.write_text(
        "def check(x):\n    assert x\n"
        "def all_of(x):\n    check(x)\n"
        "def test_by_a_check():\n    all_of(1)\n"
        "def test_of_nothing():\n    print(1)\n"
    )
    assert without_assertion(file) == ["test_of_nothing"]
