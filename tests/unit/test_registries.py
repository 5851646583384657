"""What is listed somewhere is whole: each criterion, command, setting, DAG and error is used, tested and documented."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from tides import errors
from tides.commands.registry import COMMANDS, module_of
from tides.functions.keys import COUNTING_KEYS, CRITERION_KEYS
from tides.judgement.alert_criteria import ALERT_CRITERIA
from tides.judgement.criteria import LIGHT_CURVE_CRITERIA
from tides.judgement.shape_criteria import SHAPE_CRITERIA
from tides.settings import page, sections
from tides.settings.model import DEFAULT_FILE, Settings

PROJECT = Path(__file__).parents[2]
TESTS = [file for file in (PROJECT / "tests").rglob("*.py") if file != Path(__file__)]
LIBRARY = PROJECT / "plugins" / "tides"
DOCS = {file.name: file.read_text(encoding="utf-8") for file in [PROJECT / "README.md", *PROJECT.glob("docs/*.md")]}
GROUPS = {"all", "any"}
WITHOUT_A_KEY = {"usable"}
"""Part of every verdict on LSST: no function asks for it."""
ERRORS = [
    name
    for name, found in inspect.getmembers(errors, inspect.isclass)
    if issubclass(found, errors.TidesError) and found is not errors.TidesError
]


def said_by_tests(folder: Path) -> set[str]:
    """Every text and keyword that the tests of a folder say, with those of their helpers."""
    found: set[str] = set()
    for file in TESTS:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if folder in file.parents else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.keyword) and node.arg:
                found.add(node.arg)
    return found


@pytest.fixture(scope="module")
def said_of_judgement() -> set[str]:
    return said_by_tests(PROJECT / "tests" / "unit" / "judgement")


@pytest.fixture(scope="module")
def said() -> set[str]:
    return said_by_tests(PROJECT / "tests")


def test_each_criterion_that_can_be_asked_for_can_be_judged():
    judged = LIGHT_CURVE_CRITERIA | SHAPE_CRITERIA | ALERT_CRITERIA
    assert CRITERION_KEYS.keys() - GROUPS == judged.keys() - WITHOUT_A_KEY - {"reliability"}


@pytest.mark.parametrize("key", [*COUNTING_KEYS, *CRITERION_KEYS])
def test_each_key_of_a_function_is_tested_and_has_a_row_in_the_docs(key, said_of_judgement):
    assert key in said_of_judgement
    begin = r"(?m)^" if key in GROUPS else r"(?m)^\| "
    assert re.search(begin + rf".*`{key}\b", DOCS["selection.md"]), f"docs/selection.md has no row for {key}"


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_a_module_a_test_and_a_place_in_the_docs(command, said):
    assert COMMANDS[command]
    assert "run" in vars(module_of(command))
    words = [text.removeprefix("tides ") for text in said]
    assert any(text == command or text.startswith(f"{command} ") for text in words), f"no test runs `{command}`"
    shown = DOCS["README.md"] + DOCS["operations.md"]
    assert re.search(rf"(tides |`){command}\b", shown), f"README.md and docs/operations.md do not know `{command}`"


def sections_of_the_settings() -> list[type[BaseModel]]:
    """Every model that a part of `bridge.yaml` is read as."""
    known = [*inspect.getmembers(sections, inspect.isclass), *inspect.getmembers(page, inspect.isclass)]
    found = [one for _, one in known if issubclass(one, BaseModel)]
    return [Settings, *(one for one in found if one is not sections.Model)]


SETTINGS = sorted({(one.__name__, name) for one in sections_of_the_settings() for name in one.model_fields})


@pytest.fixture(scope="module")
def code() -> str:
    """All that reads settings: the library, the plugin and the SQL of its steps."""
    files = [file for file in LIBRARY.rglob("*.py") if file.name != "sections.py"]
    files += LIBRARY.parent.glob("*.py")
    files += [*(PROJECT / "dags").glob("*.py"), *(PROJECT / "include" / "sql").rglob("*.sql")]
    methods = re.findall(r"(?:self|row)\.\w+", (LIBRARY / "settings" / "sections.py").read_text(encoding="utf-8"))
    return "\n".join([*methods, *(file.read_text(encoding="utf-8") for file in files)])


@pytest.mark.parametrize(("section", "name"), SETTINGS)
def test_each_setting_is_read_somewhere(section, name, code):
    assert re.search(rf"\.{name}\b|[\"'(]{name}[\"')s]", code), f"nothing reads {section}.{name}"


def explained() -> set[str]:
    """The keys of `bridge.yaml` with a comment beside or above them, or above the group in which they stand."""
    found: set[str] = set()
    is_explained = False
    for line in DEFAULT_FILE.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            is_explained = False
        elif line.lstrip().startswith("#"):
            is_explained = True
        elif is_explained or "#" in line:
            found |= set(re.findall(r"(\w+):", line.split("#")[0]))
    return found


def keys_of(content: object) -> Iterator[str]:
    """Every key of a tree of settings."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield str(key)
            yield from keys_of(value)


def test_each_setting_is_explained():
    names = {field.alias or name for one in sections_of_the_settings() for name, field in one.model_fields.items()}
    in_the_docs = set(re.findall(r"\w+", "\n".join(DOCS.values())))
    assert sorted(names - explained() - in_the_docs) == []
    assert names & set(keys_of(yaml.safe_load(DEFAULT_FILE.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("dag", sorted(file.stem for file in (PROJECT / "dags").glob("tides_*.py")))
def test_each_dag_stands_in_the_docs(dag):
    assert f"`{dag}`" in DOCS["operations.md"] + DOCS["README.md"], f"no document explains {dag}"


@pytest.mark.parametrize("error", ERRORS)
def test_each_class_of_error_is_raised_somewhere_and_expected_by_a_test(error):
    library = "\n".join(file.read_text(encoding="utf-8") for file in LIBRARY.rglob("*.py"))
    tests = "\n".join(file.read_text(encoding="utf-8") for file in TESTS)
    assert re.search(rf"\b{error}\(\s*[^)\s]", library.replace(f"class {error}(", "")), f"nothing raises {error}"
    assert re.search(rf"raises\([^)]*\b{error}\b", tests), f"no test expects {error}"
