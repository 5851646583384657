"""docs/selection.md says what is so: its functions are taken, its keys are all there, its commands run."""

import re
import shlex

import pytest
import yaml

from bench import purity
from tests.recorded import recorded
from tests.unit.judgement.light_curves import random_light_curves
from tides.__main__ import main
from tides.functions.functions import DEFAULT_FILE, load_functions, read_function
from tides.functions.keys import ALL_KEYS, CLASS
from tides.settings.model import BUNDLE

TEXT = (BUNDLE / "docs" / "selection.md").read_text(encoding="utf-8")
MINE, COLUMNS, CONTROL = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", TEXT, flags=re.DOTALL))
COMMANDS = re.findall(r"^tides (check .*)$", re.search(r"```sh\n(.*?)```", TEXT, flags=re.DOTALL)[1], flags=re.M)


def test_the_function_and_the_control_sample_that_it_shows_are_taken():
    keys = MINE["mySupernovae"] | {"maxAge": 200}
    assert read_function("docs", "mySupernovae", keys | CONTROL).control.fails == "maxAge"


def test_the_columns_that_it_shows_are_read_and_are_all_in_its_table():
    function = read_function("docs", "mySupernovae", MINE["mySupernovae"] | COLUMNS)
    offered = {name.rsplit(".", 1)[-1] for name in re.findall(r"`((?:objects|sherlock_classifications)\.\w+)`", TEXT)}
    assert len(function.columns) == 7
    assert set(function.columns) - {CLASS} <= offered


@pytest.mark.parametrize("key", ALL_KEYS)
def test_every_key_is_explained(key):
    assert re.search(rf"`{key}\b|^  {key}: ", TEXT, flags=re.MULTILINE)


@pytest.mark.parametrize("name", load_functions())
def test_every_shipped_function_is_named(name):
    assert f"`{name}`" in TEXT


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.split()[-2])
def test_the_commands_of_the_walk_through_run(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "curves.jsonl").write_bytes(b"\n".join(random_light_curves("lsst", 3, seed=1)))
    (tmp_path / "mine.yaml").write_text(DEFAULT_FILE.read_text() + yaml.safe_dump(MINE))
    assert main(shlex.split(command)) == 0
    assert capsys.readouterr().out.startswith("mySupernovae")


def test_its_tables_are_what_the_command_makes_of_the_recorded_objects():
    recorded("lsst_objects")  # skips without them
    assert TEXT.split(purity.BEGIN)[1].split(purity.END)[0].strip() == purity.text()


def test_there_are_three_commands():
    assert len(COMMANDS) == 3
