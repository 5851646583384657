"""Each command of the registry is there, says what it does, and stands in the documents that name commands."""

import re
from argparse import ArgumentParser
from pathlib import Path

import pytest

from tides.commands.arguments import ARGUMENTS, FORMATS
from tides.commands.registry import COMMANDS, module_of
from tides.sample import formats

PROJECT = Path(__file__).parents[3]
FOLDER = PROJECT / "plugins" / "tides" / "commands"
RUNBOOK = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
GUIDES = "\n".join((PROJECT / "docs" / name).read_text(encoding="utf-8") for name in ("operations.md", "selection.md"))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_takes_arguments_runs_and_says_what_it_is(command):
    module = module_of(command)
    assert module.__doc__
    assert f"tides {command}" in module.__doc__
    ARGUMENTS[command](ArgumentParser())
    assert callable(module.run)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_has_a_row_in_the_runbook_and_is_shown_in_a_guide(command):
    assert re.search(rf"^\| `{command}\b[^|]*` \| \w", RUNBOOK, flags=re.MULTILINE)
    assert re.search(rf"^tides {command}\b", GUIDES, flags=re.MULTILINE)


def test_no_module_of_a_command_is_forgotten_in_the_registry():
    modules = {file.stem for file in FOLDER.glob("*.py")} - {"__init__", "arguments", "registry", "output"}
    assert modules == {command.replace("-", "_") for command in COMMANDS}


def test_the_formats_of_an_export_are_those_that_can_be_written():
    assert set(FORMATS) == formats.FORMATS.keys()
    assert list(ARGUMENTS) == list(COMMANDS)
