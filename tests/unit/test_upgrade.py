"""`make upgrade` keeps new pins only where all went well with them; `make lock` raises none.

The recipes of the Makefile are run as they are. `uv`, and the Python that would run the tests, are small scripts.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tides.settings.model import BUNDLE

LOCKS = ("requirements.txt", "requirements-hosts.txt", "requirements-dev.txt", "requirements-uv.txt")
OLD, NEW = "tool==1.0\n", "tool==2.0\n"
UV = """#!/bin/sh
echo "uv $*" >> {log}
for word; do last=$word; done
case "$*" in *--upgrade*) printf 'tool=={raised}\\n' > "$last";; esac
"""
PYTHON = """#!/bin/sh
echo "python $*" >> {log}
case "$*" in *{fails}*) exit 1;; esac
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone whose environment is there, with old pins."""
    shutil.copy(BUNDLE / "Makefile", tmp_path)
    for name in LOCKS:
        (tmp_path / name).write_text(OLD, encoding="utf-8")
    return tmp_path


def make(clone: Path, target: str, raised: str = "2.0", fails: str = "nothing-fails") -> tuple[int, str, list[str]]:
    """Runs `make`: its exit code, what it prints, and what it has run."""
    log = clone / "log"
    # Later than the locks of any time, so that nothing is installed.
    for venv in (".venv", ".work/upgrade/venv"):
        programs = clone / venv / "bin"
        programs.mkdir(parents=True, exist_ok=True)
        for name, text in (("uv", UV), ("python", PYTHON)):
            (programs / name).write_text(text.format(log=log, raised=raised, fails=fails), encoding="utf-8")
            (programs / name).chmod(0o755)
        stamp = clone / venv / ".installed"
        stamp.touch()
        os.utime(stamp, (2**32, 2**32))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(["make", target], cwd=clone, env=environment, capture_output=True, text=True)
    ran = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return done.returncode, done.stdout + done.stderr, ran


def pins(clone: Path) -> set[str]:
    """What the locks hold."""
    return {(clone / name).read_text(encoding="utf-8") for name in LOCKS}


def test_new_pins_stand_where_lint_types_documents_and_tests_pass_with_them(clone):
    code, said, ran = make(clone, "upgrade")
    assert (code, pins(clone)) == (0, {NEW}), said
    assert "< tool==1.0\n> tool==2.0" in said
    assert "The new pins stand" in said
    for tried in ("ruff check", "mypy", "handbook", "pytest -m not soak"):
        assert any(tried in line for line in ran), tried


@pytest.mark.parametrize("fails", ["mypy", "handbook", "pytest"])
def test_old_pins_stand_where_anything_fails_with_the_new_ones(clone, fails):
    code, said, _ = make(clone, "upgrade", fails=fails)
    assert code != 0
    assert pins(clone) == {OLD}
    assert "The old pins stand." in said
    assert "The new pins stand" not in said


def test_nothing_is_tried_where_no_pin_can_be_raised(clone):
    code, said, ran = make(clone, "upgrade", raised="1.0")
    assert (code, pins(clone)) == (0, {OLD}), said
    assert "No pin can be raised." in said
    assert not any("pytest" in line for line in ran)


def test_lock_raises_no_pin(clone):
    code, said, ran = make(clone, "lock")
    assert (code, pins(clone)) == (0, {OLD}), said
    assert sum(line.startswith("uv pip compile") for line in ran) == len(LOCKS)
    assert not any("--upgrade" in line for line in ran)
    assert "kafka_jars --lock" in ran[-1]
