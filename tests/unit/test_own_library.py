"""Which library the DAG files take: that of their own commit, else the installed one, and never two."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

OWN = Path(__file__).parents[2] / "dags" / "own_library.py"


@pytest.fixture
def places(tmp_path):
    """An installed package, and a Git bundle of another commit."""
    for place in (tmp_path / "site", tmp_path / "version" / "plugins"):
        (place / "tides").mkdir(parents=True)
        (place / "tides" / "__init__.py").touch()
    for dags in (tmp_path / "site" / "tides_files" / "dags", tmp_path / "version" / "dags"):
        dags.mkdir(parents=True)
        shutil.copy(OWN, dags)
    return tmp_path


@pytest.mark.parametrize("file", sorted(OWN.parent.glob("tides_*.py")), ids=lambda file: file.stem)
def test_each_dag_file_takes_its_library_before_it_imports_anything_of_it(file):
    text = file.read_text(encoding="utf-8")
    assert text.count("\nimport own_library ") == 1
    assert "import tides" not in text.split("\nimport own_library ")[0]
    assert "from tides" not in text.split("\nimport own_library ")[0]


def loaded(places, dags, before=""):
    """What a process with the installed package does when it reads a DAG file; Airflow puts its folder last."""
    code = f"import sys; sys.path.append(sys.argv[1]); {before}import own_library; import tides; print(*tides.__path__)"
    command = [sys.executable, "-S", "-c", code, str(places / dags)]
    environment = os.environ | {"PYTHONPATH": str(places / "site")}
    return subprocess.run(command, env=environment, cwd=places, capture_output=True, text=True)


def test_dag_files_take_the_library_of_their_own_commit_before_an_installed_one(places):
    done = loaded(places, "version/dags")
    assert done.stderr == ""
    assert done.stdout.strip() == str(places / "version" / "plugins" / "tides")


def test_dag_files_of_the_wheel_take_the_installed_library(places):
    done = loaded(places, "site/tides_files/dags")
    assert done.stderr == ""
    assert done.stdout.strip() == str(places / "site" / "tides")


def test_dag_files_refuse_a_process_that_has_loaded_another_library(places):
    done = loaded(places, "version/dags", before="import tides; ")
    assert done.returncode == 1
    assert f"has loaded the library from {places / 'site'} already" in done.stderr
    assert "must not mix two versions" in done.stderr
