"""The clone works with each Python that the bridge supports: installed by its locks, with unit tests and a demo."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sandbox.services.leash import patient
from tides.settings.model import BUNDLE

PYTHONS = ("3.11", "3.12", "3.13")
NOT_OURS = (".git", ".venv", ".work", "__pycache__", ".*_cache")
LIMIT_S = patient(3600)


def answers_as(program: str | Path, version: str) -> bool:
    """Whether a program is a Python of this version."""
    says = [str(program), "-c", "import sys, venv; print(*sys.version_info[:2], sep='.')"]
    try:
        return subprocess.run(says, capture_output=True, text=True, timeout=patient(60)).stdout.strip() == version
    except (OSError, subprocess.TimeoutExpired):
        return False


def interpreter(version: str) -> str:
    """A Python of this version: on PATH, of pyenv, or one that uv has or can fetch. Skips the test if there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    places = [shutil.which(f"python{version}"), *sorted(pyenv.glob(f"{version}.*/bin/python"), reverse=True)]
    uv = Path(sys.executable).with_name("uv")
    for found in (str(place) for place in places if place):
        if answers_as(found, version):
            return found
    if uv.exists():
        subprocess.run([uv, "python", "install", "--quiet", version], capture_output=True, timeout=patient(300))
        asked = subprocess.run([uv, "python", "find", version], capture_output=True, text=True, timeout=patient(60))
        if answers_as(asked.stdout.strip(), version):
            return asked.stdout.strip()
    pytest.skip(f"there is no Python {version} on PATH or in {pyenv}, and uv cannot fetch one")


def test_the_pythons_of_the_matrix_are_those_that_the_makefile_takes():
    needed = tomllib.loads((BUNDLE / "pyproject.toml").read_text(encoding="utf-8"))
    makefile = (BUNDLE / "Makefile").read_text(encoding="utf-8")
    low, high = (int(minor) for minor in re.search(r"\(3, (\d+)\) <= v < \(3, (\d+)\)", makefile).groups())
    assert tuple(f"3.{minor}" for minor in range(low, high)) == PYTHONS
    assert needed["project"]["requires-python"] == f">={PYTHONS[0]},<3.{high}"


@pytest.mark.soak
@pytest.mark.timeout(2 * 3600)
@pytest.mark.parametrize("version", PYTHONS)
def test_a_clone_is_installed_tested_and_shown_with_each_python(version, tmp_path):
    python, clone = interpreter(version), tmp_path / "clone"
    shutil.copytree(BUNDLE, clone, symlinks=True, ignore=shutil.ignore_patterns(*NOT_OURS))
    ours = ("AIRFLOW", "PYTEST", "MAKE", "VIRTUAL_ENV", "PYTHONPATH", "DASK_TEMPORARY", "TIDES_SETTINGS")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    for target in ("unit", "demo"):
        made = subprocess.run(
            ["make", f"PYTHON3={python}", target],
            cwd=clone,
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
        )
        assert made.returncode == 0, f"make {target} with {python}:\n{(made.stdout + made.stderr)[-6000:]}"
    assert answers_as(clone / ".venv" / "bin" / "python", version)
    print(f"Python {version}: installed, unit tests and demo well")
