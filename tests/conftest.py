"""The real services that tests ask for by name.

Each is started once in each of pytest's processes, when its first test needs it.
"""

import gc
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# before anything imports airflow or dask, which otherwise make folders in the user's home and the shared temp folder
PROJECT = Path(__file__).parents[1]
WORK = PROJECT / ".work" / f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
os.environ["AIRFLOW_HOME"] = str(WORK / "airflow")
(WORK / "airflow").mkdir(parents=True, exist_ok=True)
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["DASK_TEMPORARY_DIRECTORY"] = str(WORK / "dask")

# Thousands of tests are collected, and all of that stays: to look for garbage among it costs as much as the rest.
gc.disable()

import psutil  # noqa: E402
import pytest  # noqa: E402
import requests  # noqa: E402
from confluent_kafka.admin import AdminClient, NewTopic  # noqa: E402

from sandbox.services.leash import patient  # noqa: E402
from sandbox.services.servers import Dask, Kafka, PostgreSQL, Sandbox  # noqa: E402
from tests.bridge import bring_schema  # noqa: E402
from tests.limits import LIMIT_S  # noqa: E402

MEMORY = Path("/dev/shm")
IN_MEMORY = "tides-tests-"
ROOM_BYTES = 4 << 30
"""So much must be free in memory's own file system for each of pytest's processes to keep a server there."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each test's own time limit is multiplied by TIDES_WAIT_FACTOR."""
    for item in items:
        mark = item.get_closest_marker("timeout")
        limit_s = mark.args[0] if mark else float(config.getini("timeout"))
        item.add_marker(pytest.mark.timeout(patient(limit_s)), append=False)


def pytest_collection_finish() -> None:
    """From here on garbage is collected as usual."""
    gc.enable()


@contextmanager
def quick_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory, where the machine has room there, else on the disk.

    Each test has a database of its own. On a disk its copy costs up to ten times as much.
    """
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM_BYTES:
        yield tmp_path_factory.mktemp("services")
        return
    for left in MEMORY.glob(f"{IN_MEMORY}*"):  # by a process that was killed
        if not psutil.pid_exists(int(left.name.removeprefix(IN_MEMORY))):
            shutil.rmtree(left, ignore_errors=True)
    folder = MEMORY / f"{IN_MEMORY}{os.getpid()}"
    folder.mkdir(mode=0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    """PostgreSQL: `create_database`, `url`, and (embedded) `kill`, `freeze`, `thaw`, `restart`."""
    with quick_folder(tmp_path_factory) as folder, PostgreSQL(folder / "postgresql", durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """Kafka: `bootstrap`, and (embedded) `kill`, `freeze`, `thaw`, `restart`."""
    with Kafka(tmp_path_factory.mktemp("services") / "kafka") as server:
        yield server


@pytest.fixture(scope="session")
def dask_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Dask scheduler with two workers that know the library."""
    with Dask(tmp_path_factory.mktemp("services") / "dask") as cluster:
        yield cluster.address


@pytest.fixture(scope="session")
def running_standins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The stand-ins for Lasair and 4MOST with the sandbox's own sky."""
    with Sandbox(tmp_path_factory.mktemp("services")) as server:
        yield server


@pytest.fixture
def standins(running_standins: Sandbox) -> Sandbox:
    """The stand-ins with nothing in them: no faults, no calls, no rows at 4MOST."""
    requests.post(f"{running_standins.url}/control/reset", timeout=LIMIT_S).raise_for_status()
    return running_standins


@pytest.fixture(scope="session")
def migrated_database(postgres: PostgreSQL) -> str:
    """The name of a database with the bridge's schema and no rows, to be copied and never used."""
    name = postgres.create_database("tides_template")
    bring_schema(postgres.url(name))
    return name


@pytest.fixture
def database(postgres: PostgreSQL, migrated_database: str) -> Iterator[str]:
    """The superuser's libpq URL of a database of the test's own, with the bridge's schema and no rows."""
    name = postgres.create_database("test", template=migrated_database)
    yield postgres.url(name)
    postgres.drop_database(name)


@contextmanager
def own_topics(kafka: Kafka) -> Iterator[Callable[..., str]]:
    """Makes topics: `make(partitions=1, **config)` returns a name; they are deleted after the block."""
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    made: list[str] = []

    def make(partitions: int = 1, **config: str) -> str:
        name = f"test_{uuid.uuid4().hex[:12]}"
        settings = {"retention.ms": "-1", **{key.replace("_", "."): value for key, value in config.items()}}
        admin.create_topics([NewTopic(name, partitions, 1, config=settings)])[name].result(LIMIT_S)
        made.append(name)
        return name

    yield make
    if made:
        for deleted in admin.delete_topics(made).values():
            deleted.result(LIMIT_S)


@pytest.fixture
def topic(kafka: Kafka) -> Iterator[Callable[..., str]]:
    """Makes topics of the test's own."""
    with own_topics(kafka) as make:
        yield make
