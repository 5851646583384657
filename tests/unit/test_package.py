"""The package: what is in the wheel, what it says of itself, and what needs the extra `science`."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import Distribution
from pathlib import Path

import pytest

from tests.unit.judgement.light_curves import a_ztf_detection, a_ztf_light_curve
from tides.__main__ import SCIENCE, main
from tides.version import code_version
from tides_bundle import INSTALLED, bundle_of

PROJECT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
STATED = Distribution.at(PROJECT / "plugins" / "tides_bridge.dist-info")
SAYS = f"tides_bridge-{STATED.version}.dist-info"
"""The folder in which the wheel says what it is."""

DRAWS = {"checks/plots.py", "efficiency/binning.py", "efficiency/plots.py"}
"""The modules that need the extra."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of this checkout, built by the pinned backend, without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    (file,) = folder.iterdir()
    return zipfile.ZipFile(file)


def files(*parts):
    """The files of a folder of the checkout, or the file itself, without byte code."""
    top = PROJECT.joinpath(*parts)
    found = [file for file in top.rglob("*") if file.is_file()] if top.is_dir() else [top]
    return {file.relative_to(PROJECT).as_posix() for file in found if "__pycache__" not in file.parts}


def named(wheel, part):
    """What the wheel says in a file of its metadata."""
    return wheel.read(f"{SAYS}/{part}").decode("utf-8")


def requirements(name):
    """The packages that a file of requirements names itself."""
    lines = (PROJECT / name).read_text(encoding="utf-8").splitlines()
    return {line.lower().replace("_", "-") for line in lines if line and not line.startswith(("#", "-"))}


def test_the_wheel_has_every_file_of_library_sql_settings_dags_and_runbook_and_no_other(wheel):
    library = {name.removeprefix("plugins/") for name in files("plugins")}
    library -= {".airflowignore", *(name for name in library if ".dist-info/" in name)}
    beside = files("include") | files("dags") | files("docs", "operations.md")
    beside |= files("config", "airflow_local_settings.py") | files("config", "webserver_config.py")
    expected = library | {f"{INSTALLED}/{name}" for name in beside}
    found = set(wheel.namelist())
    assert {name for name in found if not name.startswith(f"{SAYS}/")} == expected
    assert {f"{INSTALLED}/docs/operations.md", f"{INSTALLED}/include/config/bridge.yaml", "tides/version.py"} <= found
    assert len(expected) > 400


def test_the_version_stands_in_one_place_and_the_wheel_has_it(wheel):
    assert "version" in PYPROJECT["project"]["dynamic"]
    assert re.search(r"^Version: (.+)$", named(wheel, "METADATA"), re.M)[1] == STATED.version


def test_the_wheel_says_how_airflow_and_shells_find_it(wheel):
    groups = {"console_scripts": PYPROJECT["project"]["scripts"], **PYPROJECT["project"]["entry-points"]}
    assert set(groups) == {"console_scripts", "apache_airflow_provider", "airflow.plugins"}
    found = named(wheel, "entry_points.txt")
    for group, entries in groups.items():
        for name, value in entries.items():
            assert f"[{group}]\n{name} = {value}\n" in found


def test_the_wheel_asks_for_what_the_files_of_requirements_name(wheel):
    asked = re.findall(r"^Requires-Dist: (\S+?)(?:; (.*))?$", named(wheel, "METADATA"), re.M)
    assert {name for name, marker in asked if not marker} == requirements("requirements.in")
    assert {name for name, marker in asked if marker == "extra == 'science'"} == requirements("requirements-science.in")
    assert {name for name, marker in asked if marker == "extra == 'hosts'"} == requirements("requirements-hosts.in")
    assert requirements("requirements-science.in") == set(SCIENCE)


def test_the_backend_has_the_versions_of_the_lock():
    locked = (PROJECT / "requirements-dev.txt").read_text(encoding="utf-8")
    for requirement in PYPROJECT["build-system"]["requires"]:
        assert re.search(rf"^{re.escape(requirement)} ", locked, re.M), requirement


def test_a_checkout_and_a_wheel_find_their_files_by_one_rule(tmp_path):
    assert bundle_of(tmp_path / "plugins") == tmp_path
    (tmp_path / "site-packages" / INSTALLED).mkdir(parents=True)
    assert bundle_of(tmp_path / "site-packages") == tmp_path / "site-packages" / INSTALLED


INSTALLED_CODE = """
import tides_forms
from tides.database.statements import statement
from tides.functions.functions import load_functions
from tides.settings.model import BUNDLE, load_settings
from tides.version import code_version
assert load_settings() and load_functions() and statement("alarms/begin")
assert (BUNDLE / "docs" / "operations.md").exists()
assert {"ztf", "lsst"} <= set(tides_forms.get_provider_info()["connection-types"][0]["conn-fields"])
print(BUNDLE, code_version())
"""


def test_the_unpacked_wheel_finds_its_own_files_and_is_the_same_code(wheel, tmp_path):
    wheel.extractall(tmp_path)
    environment = {name: value for name, value in os.environ.items() if name != "TIDES_SETTINGS"}
    environment["PYTHONPATH"] = str(tmp_path)
    command = [sys.executable, "-c", INSTALLED_CODE]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.split() == [str(tmp_path / INSTALLED), code_version()]


IMPORT = re.compile(r"^( *)(?:from|import) ([\w.]+)", re.M)


def imports(file):
    """What a file imports: at its top, and anywhere."""
    found = IMPORT.findall(file.read_text(encoding="utf-8"))
    return {name for indent, name in found if not indent}, {name for _, name in found}


def test_only_efficiencies_and_plots_import_what_is_in_the_extra():
    library = PROJECT / "plugins" / "tides"
    modules = {file.relative_to(library).as_posix(): imports(file) for file in library.rglob("*.py")}
    needs = {name for name, (_, all_) in modules.items() if {each.split(".")[0] for each in all_} & set(SCIENCE)}
    assert needs == DRAWS
    by_name = {f"tides.{name.removesuffix('.py').replace('/', '.')}" for name in DRAWS}
    at_the_top = {name for name, (top, _) in modules.items() if top & by_name} - DRAWS
    assert at_the_top == {"commands/efficiency.py", "efficiency/empirical.py", "efficiency/measure.py"}
    # These three are imported by the command `efficiency` alone.
    measures = {"tides.commands.efficiency", "tides.efficiency.empirical", "tides.efficiency.measure"}
    users = {name for name, (_, all_) in modules.items() if all_ & measures}
    assert {name.split("/")[0] for name in users} <= {"efficiency", "commands"}
    assert {name for name in users if name.startswith("commands/")} == {"commands/efficiency.py"}
    tasks = set().union(*(imports(file)[1] for file in (PROJECT / "dags").glob("*.py")))
    assert not tasks & (by_name | measures | {f"tides.{each}" for each in ("efficiency.as_operated",)})


def test_a_command_that_lacks_the_extra_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "tides.checks.plots", raising=False)
    curves = tmp_path / "curves.jsonl"
    curves.write_bytes(a_ztf_light_curve([a_ztf_detection(2460310.75, "g")]))
    words = ["--lightcurves", str(curves), "--function", "tidesSNZTFSelect", "--plots", str(tmp_path / "plots")]
    assert main(["check", *words]) == 1
    assert capsys.readouterr().err == (
        "check: the package matplotlib is not installed, which only plots and efficiencies need: install"
        " tides-bridge[science]\n"
    )
