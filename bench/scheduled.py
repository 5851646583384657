"""A stack under Airflow's scheduler for the benchmarks: a run starts when it is asked for, and is timed outside it."""

import contextlib
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg
import requests
import yaml
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from psycopg.rows import dict_row

from sandbox.services.leash import Daemon, family, patient
from sandbox.services.stack import BRIDGE, USER, Stack
from tests.standins import Standins
from tides.settings.model import load_settings

LIMIT_S = patient(600)
"""The longest that a run is waited for."""
EMPTY_TASKS = 12
EMPTY = "twelve_empty_tasks"
EMPTY_DAG = f"""
from airflow.sdk import dag, task
from airflow.sdk.bases.operator import chain

@dag(schedule=None)
def {EMPTY}():
    @task
    def nothing():
        pass
    chain(*[nothing.override(task_id=f"nothing_{{n}}")() for n in range({EMPTY_TASKS})])

{EMPTY}()
"""
"""As many tasks, one after the other, as an hour of the bridge has at least."""


@dataclass(frozen=True)
class Timed:
    """A run of a DAG: from its request to its end (s), and the processor time of each service of ours meanwhile (s)."""

    run_id: str
    state: str
    wall_s: float
    cpu: dict[str, float]

    @property
    def cpu_s(self) -> float:
        """The processor time of all services (s)."""
        return sum(self.cpu.values())


class ScheduledStack(Stack):
    """A stack whose DAGs wait until they are asked for. `empty_dag` is a folder with the DAG of empty tasks."""

    empty_dag: Path | None = None

    def _airflow_settings(self) -> dict[str, str]:
        found = super()._airflow_settings() | {"AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True"}
        key = "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"
        (ours,) = json.loads(found[key])
        empty = {**ours, "name": "bench", "kwargs": {"path": str(self.empty_dag)}}
        return found | {key: json.dumps([ours, empty])}


class Scheduled:
    """A started stack, and what can be asked of it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.standins = Standins(stack.sandbox)
        login = {"username": USER, "password": stack.password}
        answer = requests.post(f"{stack.airflow_url}/auth/token", json=login, timeout=LIMIT_S)
        self._headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def ask(self, method: str, path: str, content: dict[str, Any]) -> dict[str, Any]:
        """What Airflow's REST API answers. Raises HTTPError."""
        answer = requests.request(
            method, f"{self.stack.airflow_url}/api/v2/{path}", headers=self._headers, json=content, timeout=LIMIT_S
        )
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def rows(self, database: str, query: str, *parameters: Any) -> list[dict[str, Any]]:
        """What a query of one of the stack's databases gives."""
        with psycopg.connect(self.stack.postgres.url(database), row_factory=dict_row) as connection:
            return connection.execute(query, parameters or None).fetchall()  # type: ignore[arg-type]

    def in_airflow(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        """What a query of Airflow's metadata database gives."""
        return self.rows(self.stack.airflow_database, query, *parameters)

    def unpause(self, dag: str, *, due: bool) -> None:
        """Lets a DAG run as soon as it is known. Where a run is `due`, the scheduler makes it at once: it has ended."""
        self._until(lambda: bool(self.in_airflow("SELECT FROM dag WHERE dag_id = %s", dag)), f"{dag} to be known")
        self.ask("PATCH", f"dags/{dag}", {"is_paused": False})
        if due:
            ended = "SELECT FROM dag_run WHERE dag_id = %s AND state IN ('success', 'failed')"
            self._until(lambda: bool(self.in_airflow(ended, dag)), f"the first run of {dag}")

    def timed(self, dag: str) -> Timed:
        """One run, by hand, to its end."""
        before, begin = self.cpu(), time.perf_counter()
        run_id = self.ask("POST", f"dags/{dag}/dagRuns", {"logical_date": None})["dag_run_id"]
        state = "SELECT state FROM dag_run WHERE dag_id = %s AND run_id = %s AND state IN ('success', 'failed')"
        self._until(lambda: bool(self.in_airflow(state, dag, run_id)), run_id)
        wall_s = time.perf_counter() - begin
        # The last tasks hand their slots back, and their times to their parents, a moment later.
        time.sleep(2)
        cpu = {service: after_s - before[service] for service, after_s in self.cpu().items()}
        return Timed(run_id, self.in_airflow(state, dag, run_id)[0]["state"], wall_s, cpu)

    def cpu(self) -> dict[str, float]:
        """The processor time so far (s) of each service, with all its ended children.

        Tasks are children of Airflow's scheduler. The world outside counts for nobody: Kafka and the stand-ins.
        """
        stack = self.stack
        found = {one.name: self._of_family(one) for one in stack.airflow_processes}
        scheduler = next(one for one in stack.airflow_processes if one.name.endswith("scheduler"))
        own_s = sum(psutil.Process(scheduler.process.pid if scheduler.process else None).cpu_times()[:2])
        found |= {"tasks": found[scheduler.name] - own_s, scheduler.name: own_s}
        dask = [one for one in (stack.dask.daemon, *stack.dask.workers) if one]
        found["Dask"] = sum(map(self._of_family, dask))
        return found | ({"PostgreSQL": self._of_family(stack.postgres.daemon)} if stack.postgres.daemon else {})

    @staticmethod
    def _of_family(daemon: Daemon) -> float:
        total = 0.0
        for process in family(daemon.process.pid) if daemon.process else []:
            with contextlib.suppress(psutil.Error):
                total += sum(process.cpu_times()[:4])
        return total

    def publish(self, folder: Path) -> None:
        """Publishes all messages of a folder of recorded objects."""
        command = [sys.executable, "-m", "sandbox", "replay", "--bootstrap", self.stack.kafka.bootstrap, "--fast"]
        self.stack.run([*command, *self.stack.world, "--data", str(folder)], "replay.log", "the replay")

    def forget(self, latency_s: float) -> None:
        """An empty bridge at the start of the same topics, and stand-ins that have nothing and answer after a time."""
        admin = AdminClient({"bootstrap.servers": self.stack.kafka.bootstrap, "log_level": 0})
        groups = {stream.group_id for stream in load_settings().streams.values()}
        for deleted in admin.delete_consumer_groups(list(groups)).values():
            with contextlib.suppress(KafkaException):  # no run has made it yet
                deleted.result(LIMIT_S)
        with psycopg.connect(self.stack.postgres.url(self.stack.tides_database), autocommit=True) as connection:
            connection.execute("DROP SCHEMA tides CASCADE")
        self.stack.migrate_tides()
        self.standins.reset()
        self.standins.no_faults()
        if latency_s:
            self.standins.fault(
                {"match": {"path": "^/(api|QFSwi)/"}, "kind": "latency", "seconds": latency_s, "times": None}
            )

    def _until(self, holds: Any, what: str) -> None:
        until = time.monotonic() + LIMIT_S
        while not holds():
            if time.monotonic() > until:
                raise TimeoutError(f"{what}: not in {LIMIT_S:.0f} s; the logs are in {self.stack.folder}")
            time.sleep(0.1)


@contextmanager
def scheduled(folder: Path, data: Path | None, now: datetime) -> Iterator[Scheduled]:
    """A stack with scheduler, started, whose first run has ended; its stand-ins serve recorded objects from `data`."""
    empty = folder / "empty"
    empty.mkdir()
    (empty / "dag.py").write_text(EMPTY_DAG, encoding="utf-8")
    settings = folder / "bench.yaml"
    settings.write_text(yaml.safe_dump(_settings()), encoding="utf-8")
    stack = ScheduledStack(folder / "run", data=data, now=now, settings=[settings])
    stack.empty_dag = empty
    with stack:
        stack.start_airflow()
        running = Scheduled(stack)
        running.unpause(EMPTY, due=False)
        running.unpause("tides_bridge", due=True)
        yield running


def _settings() -> dict[str, Any]:
    """The limits on waiting are those of production; no hourly run comes in between; the guard lets all go."""
    ours = yaml.safe_load(BRIDGE.read_text())
    waits = {
        section: {key: value for key, value in ours[section].items() if key.endswith("_s")}
        for section in ("lasair", "fourmost", "evaluation", "drain")
    }
    hourly_minute = (datetime.now(UTC).minute - 2) % 60
    return waits | {"schedules": {"hourly_minute": hourly_minute}, "guard": {"created": 10**6}}
