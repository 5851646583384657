"""`tides` itself: its exit codes, and what goes to which output."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.services.service import PROJECT
from tides.__main__ import main
from tides.commands import sync
from tides.commands.registry import COMMANDS

WRONG = (["nonsense"], [], ["sync"], ["stream", "--move", "yesterday"], ["decide", "list", "--jsn"])


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_wrong_words_give_2_and_the_error_output_says_which(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    out, errors = capsys.readouterr()
    assert out == ""
    assert errors.startswith("usage: tides")


def test_control_c_gives_130_in_a_sentence(monkeypatch, capsys):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(sync, "run", stop)
    assert main(["sync", "--dry"]) == 130
    assert capsys.readouterr() == ("", "sync: stopped\n")


def test_an_error_leaves_the_standard_output_empty_with_json_too(monkeypatch, capsys):
    monkeypatch.delenv("AIRFLOW_CONN_TIDES_DB", raising=False)
    assert main(["epochs", "--json"]) == 1
    out, errors = capsys.readouterr()
    assert out == ""
    assert errors.startswith("epochs: connection tides_db is missing")


ALL_HELP = """
import contextlib, io, json, sys
sys.path.insert(0, "plugins")
from tides.__main__ import main
for words in json.loads(sys.argv[1]):
    with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
        main([*words, "--help"])
print(json.dumps(sorted(sys.modules)))
"""


def test_help_imports_nothing_that_takes_long():
    asked = [[], *([command] for command in COMMANDS)]
    command = [sys.executable, "-c", ALL_HELP, json.dumps(asked)]
    imported = json.loads(subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout)
    assert "tides.commands.arguments" in imported
    assert {"airflow", "psycopg", "pydantic", "yaml", "numpy", "tides.settings"}.isdisjoint(imported)


def test_help_takes_less_than_a_quarter_of_a_second_of_the_processor():
    spent = []
    for words in (["--help"], ["efficiency", "--help"], ["stream", "--help"]):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(["bin/tides", *words], cwd=PROJECT, capture_output=True, text=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.stdout.startswith("usage: tides")
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert max(spent) < 0.25


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("tides stat", {"status"}), ("tides de", {"dead-letters", "decide"}), ("tides decide l", {"list"}),
     ("tides sync --j", {"--json"})],
)  # fmt: skip
def test_bash_completes_what_is_typed(typed, offered):
    words = typed.split()
    asked = f"_python_argcomplete tides '{words[-1]}' '{words[-2]}'"
    line = f"COMP_LINE='{typed}' COMP_POINT={len(typed)} COMP_TYPE=63 COMP_WORDBREAKS=' '"
    script = f'eval "$(register-python-argcomplete tides)"; {line}; {asked}; printf "%s\\n" "${{COMPREPLY[@]}}"'
    path = f"{PROJECT / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(["bash", "-c", script], env=os.environ | {"PATH": path}, capture_output=True, text=True)
    assert {word.strip() for word in done.stdout.splitlines()} == offered, done.stderr
