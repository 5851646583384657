"""The installed package: its commands, and runs from a Git repository on another host, by the Celery executor.

The other host is a worker with folders of its own. It has no access to Airflow's database.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.services.leash import Daemon, wait_until_up
from sandbox.services.service import PROJECT
from sandbox.services.stack import Stack
from tests.e2e.conftest import Running
from tests.e2e.test_scheduler import RUN_LIMIT_S, Api
from tides.version import code_version
from tides_bundle import INSTALLED

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]

VERSION = Distribution.at(PROJECT / "plugins" / "tides_bridge.dist-info").version
COMMITTED = ("dags", "plugins", "include", "docs/operations.md")
CODE_OF_RUN = """
    SELECT a.code_version AS first, r.code_version AS last, r.good,
           ARRAY(SELECT DISTINCT s.code_version FROM tides.selection s WHERE s.run_id = r.run_id) AS judged
    FROM tides.bridge_run r JOIN tides.run_attempt a USING (run_id) WHERE r.run_id = %s"""


class Installed:
    """A virtual environment with the package, installed by pip, and the packages of this one beside it."""

    def __init__(self, folder: Path):
        venv.create(folder / "venv", with_pip=True)
        self.folder = folder
        self.bin = folder / "venv" / "bin"
        (self.site,) = (folder / "venv" / "lib").glob("python*/site-packages")
        (self.site / "packages.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
        pip = [str(self.bin / "pip"), "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
        subprocess.run([*pip, str(PROJECT)], check=True, cwd=folder)

    def run(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        """A program of the environment, from a folder that has nothing of the checkout."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "TIDES", "PYTHON"))
        }
        environment = kept | {"AIRFLOW_HOME": str(self.folder / "airflow"), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
        command = [str(self.bin / program), *words]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The package of this checkout."""
    return Installed(tmp_path_factory.mktemp("installed"))


PARSE = """
import tides
from airflow.dag_processing.dagbag import BundleDagBag
from tides.settings.model import BUNDLE
from tides.version import code_version
bag = BundleDagBag(BUNDLE / "dags", bundle_path=BUNDLE / "dags", bundle_name="tides")
assert bag.import_errors == {}, bag.import_errors
print(tides.__path__[0], code_version(), *sorted(bag.dags))
"""


def test_the_installed_commands_work_without_the_checkout(installed):
    assert "release what the guard holds" in installed.run("tides", "--help").stdout
    doctor = installed.run("tides", "doctor")
    assert doctor.returncode == 1
    # Long cells are wrapped.
    said = "".join(doctor.stdout.split())
    assert f"oksettings{installed.site}/{INSTALLED}/include/config/bridge.yaml" in said
    assert "okselectionfunctions" in said
    assert "WRONGdatabase(tides_db)" in said
    assert "Traceback" not in doctor.stderr


def test_airflow_finds_provider_plugin_and_dags_of_the_installed_package(installed):
    providers = installed.run("python", "-m", "airflow", "providers", "list", "--output", "json")
    found = {row["package_name"]: row["version"] for row in json.loads(providers.stdout)}
    assert found["tides-bridge"] == VERSION
    plugins = installed.run("python", "-m", "airflow", "plugins", "--output", "json")
    (ours,) = [row for row in json.loads(plugins.stdout) if row["name"] == "tides"]
    assert "tides-bridge" in str(ours["source"])
    parsed = installed.run("python", "-c", PARSE)
    place, version, *dags = parsed.stdout.splitlines()[-1].split()
    assert place == str(installed.site / "tides")
    assert version == code_version()
    assert dags == sorted(file.stem for file in (PROJECT / "dags").glob("tides_*.py"))


class Repository:
    """A bare Git repository that has what a bundle needs of this checkout, and a clone to push from."""

    def __init__(self, folder: Path):
        self.bare, self.clone = folder / "tides.git", folder / "clone"
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(self.bare)], check=True)
        subprocess.run(["git", "clone", "--quiet", str(self.bare), str(self.clone)], check=True, capture_output=True)
        for part in COMMITTED:
            there, here = PROJECT / part, self.clone / part
            here.parent.mkdir(parents=True, exist_ok=True)
            if there.is_dir():
                shutil.copytree(there, here, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(there, here)

    def push(self, words: str) -> str:
        """Commits all and pushes it; gives the commit's id."""
        self._git("add", "--all")
        self._git("-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "--quiet", "-m", words)
        self._git("push", "--quiet", "origin", "HEAD:main")
        return self._git("rev-parse", "HEAD").strip()

    def _git(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.clone, check=True, capture_output=True, text=True)
        return done.stdout


class Elsewhere(Stack):
    """A stack of installed packages, whose DAGs come from Git, and whose tasks run on another host."""

    def __init__(self, folder: Path, installed: Installed, repository: Repository, **how: Any):
        super().__init__(folder, **how)
        self.installed, self.repository = installed, repository
        self.host = folder / "host"
        self.store = folder / "store"
        self.broker_database = ""

    @property
    def environment(self) -> dict[str, str]:
        """That of a stack, with the installed package in place of the checkout."""
        files = self.installed.site / INSTALLED
        python_path = os.pathsep.join(map(str, (self.installed.site, files / "config")))
        return super().environment | {"PYTHONPATH": python_path}

    def connections(self) -> dict[str, dict[str, object]]:
        """Those of a stack. Without Dask each task does its own work: Dask's workers have the checkout's version."""
        return {name: value for name, value in super().connections().items() if name != "dask"}

    def _airflow_settings(self) -> dict[str, str]:
        if not self.broker_database:
            self.broker_database = self.postgres.create_database("celery")
        tracked = {"tracking_ref": "main", "subdir": "dags", "repo_url": str(self.repository.bare)}
        bundle = {
            "name": "tides",
            "classpath": "airflow.providers.git.bundles.git.GitDagBundle",
            "kwargs": tracked | {"refresh_interval": 2},
        }
        ours = {
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(self.folder / "no_plugins"),
            "AIRFLOW__CELERY__BROKER_URL": f"sqla+{self.postgres.url(self.broker_database, 'postgresql+psycopg2')}",
            "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{self.postgres.url(self.broker_database, 'postgresql+psycopg2')}",
            "AIRFLOW__CELERY__WORKER_CONCURRENCY": "4",
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps([bundle]),
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(self.folder / "bundles"),
            "AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "1",
        }
        return super()._airflow_settings() | ours

    def worker(self) -> Daemon:
        """The worker of the other host: only the API, the broker, and what tasks connect to, are the same."""
        own = {
            "AIRFLOW_HOME": str(self.host / "airflow"),
            "TMPDIR": str(self.host / "tmp"),
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(self.host / "logs"),
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(self.host / "bundles"),
        }
        (self.host / "tmp").mkdir(parents=True)
        environment = self.environment | own
        environment.pop("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")
        log = self.folder / "worker.log"
        words = ["celery", "worker", "--skip-serve-logs", "--without-mingle", "--without-gossip"]
        return Daemon(
            "the worker of another host",
            [sys.executable, "-m", "airflow", *words],
            log=log,
            ready=lambda: "ready." in log.read_text(errors="replace"),
            environment=environment,
            cwd=self.host,
        )


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory, installed: Installed) -> Iterator[Running]:
    """The stack with its worker, its stream published, all DAGs paused."""
    folder = tmp_path_factory.mktemp("elsewhere")
    repository = Repository(folder)
    repository.push("The first version")
    checks = folder / "checks.yaml"
    checks.write_text(yaml.safe_dump({"checks": {"folder": f"file://{folder / 'run' / 'store'}"}}), encoding="utf-8")
    with ExitStack() as ends:
        stack = ends.enter_context(Elsewhere(folder / "run", installed, repository, settings=[checks], durable=False))
        stack.replay(fast=True)
        stack.start_airflow()
        worker = stack.worker()
        ends.callback(worker.stop)
        worker.launch()
        wait_until_up([worker])
        yield Running(stack)


def until(found: Callable[[], Any], what: str) -> Any:
    """What is found in the end."""
    limit = time.monotonic() + RUN_LIMIT_S
    while not (value := found()):
        assert time.monotonic() < limit, f"not in {RUN_LIMIT_S} s: {what}"
        time.sleep(0.5)
    return value


def slots(api: Api, pool: str, number: int) -> None:
    """Gives a pool so many slots."""
    now = {"pool": pool, "slots": number, "include_deferred": False}
    api.ask("PATCH", f"pools/{pool}", params={"update_mask": "slots"}, json=now)


def unpause(api: Api, dag: str) -> None:
    """Lets a DAG run, when it has been read."""
    until(lambda: any(each["dag_id"] == dag for each in api.ask("GET", "dags", params={"limit": 50})["dags"]), dag)
    api.ask("PATCH", f"dags/{dag}", json={"is_paused": False})


def started(api: Api, dag: str, **conf: Any) -> str:
    """Starts a run by hand; gives its id."""
    unpause(api, dag)
    run = api.ask("POST", f"dags/{dag}/dagRuns", json={"logical_date": None, "conf": conf})
    return str(run["dag_run_id"])


def ended(api: Api, dag: str, run_id: str) -> dict[str, Any]:
    """A run, when it has ended."""
    api.wait(lambda runs: any(r["dag_run_id"] == run_id and r["state"] in ("success", "failed") for r in runs), dag)
    return next(r for r in api.runs(dag) if r["dag_run_id"] == run_id)


def test_a_run_on_another_host_keeps_its_code_when_a_push_comes_amid_it(elsewhere):
    stack, api = elsewhere.stack, Api(elsewhere.stack)
    until(lambda: {p["name"] for p in api.ask("GET", "pools")["pools"]} >= {"lasair", "fourmost"}, "the pools")
    slots(api, "lasair", 0)
    unpause(api, "tides_bridge")
    old = until(lambda: next((r["dag_run_id"] for r in api.runs() if r["state"] == "running"), None), "a run")
    # The first tasks have run, and those that judge wait for the pool.
    until(lambda: api.states(old).get("plan_chunks") == {"success"}, "the first tasks")
    assert api.states(old)["evaluate"] <= {"scheduled", None}
    before = next(r for r in api.runs() if r["dag_run_id"] == old)["bundle_version"]
    added = stack.repository.clone / "plugins" / "tides" / "clock.py"
    added.write_text(added.read_text(encoding="utf-8") + "\nPUSHED = True\n", encoding="utf-8")
    pushed = stack.repository.push("The second version")
    until(lambda: api.ask("GET", "dags/tides_bridge")["bundle_version"] == pushed, "the push")
    slots(api, "lasair", 4)
    run = ended(api, "tides_bridge", old)
    assert run["state"] == "success", api.states(old)
    assert run["bundle_version"] == before != pushed
    (code,) = elsewhere.rows(CODE_OF_RUN, old)
    assert (code["first"], code["last"], code["judged"]) == (code_version(), code_version(), [code_version()])
    new = started(api, "tides_bridge")
    assert ended(api, "tides_bridge", new)["bundle_version"] == pushed
    (code,) = elsewhere.rows(CODE_OF_RUN, new)
    assert code["first"] == code["last"] != code_version()
    assert len([r for r in elsewhere.standins.rows() if r["is_active"]]) > 100


def test_what_a_form_makes_on_another_host_is_in_the_store_and_the_database_and_not_on_the_host(elsewhere):
    stack, api = elsewhere.stack, Api(elsewhere.stack)
    objects = [str(row["ztf"]) for row in stack.sandbox.control("truth")["sources"] if row["ztf"]][:4]
    run_id = started(api, "tides_check_objects", survey="ztf", objects=objects, function="tidesSNZTFSelect")
    assert ended(api, "tides_check_objects", run_id)["state"] == "success"
    (made,) = stack.store.iterdir()
    assert {file.suffix for file in made.iterdir()} == {".csv", ".parquet", ".png"}
    assert {row["object_id"] for row in elsewhere.rows("SELECT * FROM tides.checked_object")} == set(objects)
    left = [file for file in stack.host.rglob("*") if file.suffix in (".csv", ".parquet", ".png")]
    assert [file for file in left if stack.host / "bundles" not in file.parents] == []
