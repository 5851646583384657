"""The bridge's steps on real services, without Airflow's scheduler: the calls of the DAG's tasks, in their order."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import jinja2
import sqlparse
import yaml
from confluent_kafka import Producer
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sandbox.services.servers import Login
from tests.limits import LIMIT_S
from tests.standins import Standins
from tides.archive.annotations import Annotated, annotate
from tides.archive.completeness import Completed, complete
from tides.archive.hosts import HostsFound, find_hosts
from tides.archive.refresh import Refreshed, refresh
from tides.database import session as database
from tides.database.migrations import Opening, migrate
from tides.database.statements import SQL
from tides.errors import ServiceAway, TidesError
from tides.evaluation.epochs import open_epochs
from tides.evaluation.evaluate import evaluate
from tides.evaluation.plan import Task, plan
from tides.evaluation.surveys import note_surveys
from tides.fourmost import wanted
from tides.fourmost.batch import Told
from tides.fourmost.reconcile import creates_due
from tides.fourmost.tell import create, update
from tides.functions.functions import InUse, functions_in_use, functions_of, load_functions
from tides.hooks.broker import client_of
from tides.hooks.dask_cluster import Cluster, InProcess
from tides.hooks.fourmost import FourMostHook
from tides.hooks.lasair import LasairHook
from tides.journal.red_tasks import Red, RedTask
from tides.reports.run import report
from tides.runs.context import RunContext
from tides.settings.model import BUNDLE, DEFAULT_FILE, Settings, load_settings
from tides.settings.sections import Database, FourMost, TargetTemplate
from tides.settings.streams import StreamLive
from tides.stream.drain import Drained, drain
from tides.stream.topic import Topic

LIVE = RunContext("run-1")
RETRIES = 3


P = ParamSpec("P")
R = TypeVar("R")


def _as_tasks(step: Callable[Concatenate["Bridge", P], R]) -> Callable[Concatenate["Bridge", P], R]:
    """A step whose transactions have the rights of the tasks' login. One that was open before keeps its own."""

    @wraps(step)
    def with_their_rights(bridge: "Bridge", *args: P.args, **kwargs: P.kwargs) -> R:
        with as_tasks(bridge.connection):
            return step(bridge, *args, **kwargs)

    return with_their_rights


@contextmanager
def as_tasks(connection: database.Connection) -> Iterator[None]:
    """Each transaction that begins within the block has the rights of the tasks' login, on a superuser's session."""
    stated = connection._statement
    if stated and not os.environ.get("TIDES_POSTGRES"):
        connection._statement = stated + f", set_config('role', '{Login.TASKS}', true)".encode()
    try:
        yield
    finally:
        connection._statement = stated


class Bridge:
    """One bridge with a database, topics and settings of its own.

    Its steps have the rights of the tasks' login, as SQL tasks and hooks have. `connection` itself is the superuser's:
    by it a test changes what no task may.
    """

    def __init__(self, database_url: str, bootstrap: str, folder: Path, topics: dict[str, str], **changes: Any):
        overlay = folder / "bridge.yaml"
        streams = changes.pop("streams", {})
        streams |= {name: {**streams.get(name, {}), "topic": topic} for name, topic in topics.items()}
        overlay.write_text(yaml.safe_dump({"streams": streams, **changes}), encoding="utf-8")
        self.settings: Settings = load_settings(DEFAULT_FILE, BUNDLE / "tests" / "settings.yaml", overlay)
        self.functions = load_functions()
        self.database_url = database_url
        self.bootstrap = bootstrap
        self.here: Cluster | InProcess = InProcess()
        self.connect()

    def connect(self) -> None:
        """Opens a session. A forked process calls it again, since it must not use its parent's session."""
        self.connection = database.connect(self.database_url, self.settings.database, "tides-test", LIVE.run_id)

    def close(self) -> None:
        """Ends the session."""
        self.connection.close()

    def publish(self, stream: str, *messages: Any, partition: int = 0, stamp_ms: int = 0) -> None:
        """Publishes messages (bytes as they are, else as JSON) and waits until the broker has them."""
        producer = Producer({"bootstrap.servers": self.bootstrap, "log_level": 2})
        for message in messages:
            value = message if isinstance(message, bytes | type(None)) else json.dumps(message).encode()
            topic = self.settings.streams[stream].topic
            producer.produce(topic, value, partition=partition, timestamp=stamp_ms)
        assert producer.flush(LIMIT_S) == 0

    def topic(self, stream: str) -> Topic:
        """The stream's topic, opened as the hook does."""
        described = self.settings.streams[stream]
        config = {"bootstrap.servers": self.bootstrap}
        return Topic(described.topic, described.group_id, config, self.settings.drain.request_timeout_s)

    @property
    def to_tell(self) -> tuple[FourMost, dict[str, TargetTemplate], dict[str, StreamLive]]:
        """The sections of the settings by which 4MOST is told."""
        return self.settings.fourmost, self.settings.targets, self.settings.survey_live()

    @property
    def to_compare(self) -> tuple[FourMost, dict[str, TargetTemplate], Database]:
        """The sections of the settings by which both sides are compared."""
        return self.settings.fourmost, self.settings.targets, self.settings.database

    @_as_tasks
    def drain(self, stream: str, run: RunContext = LIVE) -> Drained:
        """The task `drain` of one stream."""
        with self.topic(stream) as topic:
            described = self.settings.streams[stream]
            return drain(self.connection, topic, stream, described, self.settings.drain, run)

    def drain_with_retries(self, stream: str) -> Drained:
        """The task `drain` as Airflow runs it: after a fault of the broker the first tries may still find it away."""
        for _ in range(RETRIES):
            with suppress(ServiceAway):
                return self.drain(stream)
        return self.drain(stream)

    @_as_tasks
    def complete(self, stream: str, run: RunContext = LIVE) -> Completed:
        """The audit's task `completeness` of one stream."""
        described, limits = self.settings.streams[stream], (self.settings.audit, self.settings.lasair)
        return complete(self.connection, client_of(described), stream, described, *limits, run.run_id)

    @property
    def used(self) -> list[InUse]:
        """The functions in use."""
        return functions_in_use(self.settings.enabled_streams(), self.functions)

    @_as_tasks
    def refresh(self, stream: str) -> Refreshed:
        """The audit's task `refresh` of one stream's targets."""
        client = client_of(self.settings.streams[stream])
        return refresh(self.connection, client, stream, self.settings, self.used)

    @_as_tasks
    def annotate(self, survey: str) -> Annotated:
        """The audit's task `annotate` of one survey."""
        limits = (self.settings.annotations, self.settings.lasair, self.settings.audit)
        return annotate(self.connection, LasairHook(), survey, *limits, self.used)

    @_as_tasks
    def find_hosts(self, survey: str) -> HostsFound:
        """The task `find_hosts` of one survey."""
        return find_hosts(self.connection, LasairHook(), survey, self.settings)

    @_as_tasks
    def evaluate(self, run: RunContext = LIVE) -> None:
        """The tasks `plan_chunks` and `evaluate`."""
        open_epochs(self.connection, run, self.settings, self.functions)
        self.evaluate_tasks(self.plan(run), run)

    @_as_tasks
    def plan(self, run: RunContext = LIVE) -> list[Task]:
        """The task `plan_chunks`, after the record of changes."""
        limits = (self.settings.evaluation, self.settings.lasair)
        return plan(self.connection, run, self.settings.enabled_streams(), *limits, LasairHook().token_digest)

    @_as_tasks
    def report(
        self,
        run: RunContext = LIVE,
        started_at: datetime | None = None,
        drained: Sequence[Drained] = (),
        red: Sequence[RedTask] = (),
    ) -> str:
        """The task `report`, of a run that has started just now if nothing else is said."""
        return report(self.connection, run, self.settings, started_at or datetime.now(UTC), drained, Red(red))

    @_as_tasks
    def evaluate_tasks(self, tasks: list[Task], run: RunContext = LIVE) -> None:
        """The task `evaluate` of what was planned."""
        for task in tasks:
            stream = self.settings.streams[task.stream]
            used = functions_of(stream, self.functions)
            evaluate(self.connection, run, self.settings, task, used, client_of(stream), self.here)

    def sql_step(self, name: str, run: RunContext = LIVE, **parameters: str) -> None:
        """An SQL task: rendered, split and bound as the operator does, in one transaction."""
        url = as_login(self.database_url, Login.TASKS)
        with database.connect(url, self.settings.database, "tides-test", run.run_id) as connection:
            connection.autocommit = False
            self.sql_step_on(connection, name, run, **parameters)

    def sql_step_on(self, connection: database.Connection, name: str, run: RunContext, **parameters: str) -> None:
        """An SQL task in a transaction that is open."""
        bound = {
            "run_id": run.run_id,
            "lane": run.lane,
            "as_of": run.as_of.isoformat() if run.as_of else "",
            "live": str(run.live),
            "dry": str(run.dry),
            **database.lock_parameters(self.settings.database),
            **self.settings.as_parameters(),
            "functions": json.dumps(self.used),
            **parameters,
        }
        for statement in statements_of(name):
            connection.execute(statement, bound)  # type: ignore[arg-type]

    def remember(self, run: RunContext = LIVE) -> None:
        """The tasks `upsert_master` and `deactivate_unobserved`."""
        self.sql_step("targets/upsert_master", run)
        self.sql_step("targets/deactivate_unobserved", run)

    @_as_tasks
    def stage(self, run: RunContext = LIVE) -> dict[str, int]:
        """The task `stage_4most`."""
        return wanted.stage_4most(self.connection, self.settings, self.used, run.run_id)

    @_as_tasks
    def tell(self, run: RunContext = LIVE) -> Told:
        """Runs the tasks from `stage_4most` to `record_4most_keys`; gives the sum of all batches."""
        self.stage(run)
        told = Told()
        client = FourMostHook()
        try:
            to_create = creates_due(self.connection, client, *self.to_compare, run.run_id)
        except TidesError as error:  # the task is red, and nothing is created
            told.not_sent, to_create = str(error), []
        for ids in to_create:
            _add(told, create(self.connection, client, *self.to_tell, run.run_id, ids))
        for ids in wanted.batches_to_update(self.connection, self.settings.fourmost):
            _add(told, update(self.connection, client, *self.to_tell, run.run_id, ids))
        self.sql_step("fourmost/record_4most_keys", keys=json.dumps(told.keys))
        return told

    def take_in(self, stream: str, *messages: Any) -> None:
        """Publishes messages of a stream and runs all steps before 4MOST is told."""
        self.publish(stream, *messages)
        self.drain(stream)
        self.evaluate()
        self.remember()

    def run(self) -> Told:
        """One whole live run."""
        for stream in self.settings.enabled_streams():
            self.drain(stream)
        self.evaluate()
        self.remember()
        return self.tell()

    def rows(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        """The rows of a query."""
        return self.connection.execute(query, parameters).fetchall()  # type: ignore[arg-type]

    def row(self, query: str, *parameters: Any) -> dict[str, Any]:
        """The one row of a query."""
        (row,) = self.rows(query, *parameters)
        return row


def opening(url: str, by: str = "") -> Opening:
    """How `migrate` opens its sessions with a database."""
    return lambda limits, name: database.connect(url, limits, f"tides-{name}", by)


def bring_schema(url: str) -> None:
    """Brings a database to the newest schema and writes the surveys into it, as `tides migrate` does: as the owner."""
    migrate(opening(as_login(url, Login.MIGRATOR)), load_settings(DEFAULT_FILE).database, also=note_surveys)


@cache
def statements_of(name: str) -> list[str]:
    """The statements of an SQL task, rendered and split as by the operator. Kept, since splitting is slow."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(SQL))
    return sqlparse.split(environment.get_template(f"{name}.sql").render())


def _add(told: Told, batch: Told) -> None:
    for name, value in vars(batch).items():
        before = getattr(told, name)
        setattr(told, name, before + value if isinstance(value, int | list) else before or value)


def as_login(url: str, login: Login) -> str:
    """The address of a database for a login of our own PostgreSQL. A named server has only the one in the address."""
    if os.environ.get("TIDES_POSTGRES"):
        return url
    password = login.password(str(conninfo_to_dict(url)["password"]))
    return make_conninfo(url, user=login, password=password)


def database_connection(url: str) -> dict[str, Any]:
    """The Airflow connection to a database."""
    login = conninfo_to_dict(url)
    return {
        "conn_type": "postgres",
        "host": login["host"],
        "port": int(login["port"]),
        "login": login["user"],
        "password": login.get("password", ""),
        "schema": login["dbname"],
    }


def connections(database_url: str, standins: Standins, bootstrap: str) -> dict[str, str]:
    """The Airflow connections as environment variables, for hooks in this process.

    `database_url` is the superuser's; each connection has its own login.
    """
    described = {
        "TIDES_DB": database_connection(as_login(database_url, Login.TASKS)),
        "TIDES_DB_OWNER": database_connection(as_login(database_url, Login.MIGRATOR)),
        "TIDES_DB_READER": database_connection(as_login(database_url, Login.PAGE)),
        "LASAIR_API": {"conn_type": "lasair", "host": f"{standins.url}/api", "password": standins.lasair_token},
        "FOURMOST": {
            "conn_type": "fourmost",
            "host": f"{standins.url}/QFSwi/",
            "login": standins.fourmost_user,
            "password": standins.fourmost_password,
        },
        "LASAIR_KAFKA_LSST": {"conn_type": "kafka", "extra": {"bootstrap.servers": bootstrap}},
        "LASAIR_KAFKA_ZTF": {"conn_type": "kafka", "extra": {"bootstrap.servers": bootstrap}},
    }
    return {f"AIRFLOW_CONN_{name}": json.dumps(value) for name, value in described.items()}
