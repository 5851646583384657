"""The whole bridge on one machine: services, databases, and the environment in which Airflow and `tides` run."""

import base64
import contextlib
import json
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from pathlib import Path
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

import yaml

from sandbox.services.certificates import Authority
from sandbox.services.doors import Doors, tls_of_postgres
from sandbox.services.leash import Daemon, ServiceError, patient, wait_until_up
from sandbox.services.servers import Dask, Kafka, Login, PostgreSQL, Sandbox
from sandbox.services.service import HOST, PROJECT, Service, free_port, library_environment, write_private

BRIDGE = PROJECT / "include" / "config" / "bridge.yaml"
PROGRAMS = (PROJECT / "bin", Path(sys.executable).parent)
"""The folders of `tides` and of `airflow`."""
USER = "admin"
VIEWER = "shift"
"""May look at everything in Airflow, and change nothing."""
ROLES = {USER: "admin", "operator": "op", "user": "user", VIEWER: "viewer"}
"""Airflow's users, each with its role."""
FOURMOST_USER = "tides"
SKIP_LOG_SERVER = {"scheduler": ["--skip-serve-logs"], "triggerer": ["--skip-serve-logs"]}
"""Their log servers have fixed ports, so a second stack would fail. The page reads the log files instead."""


class Stack:
    """PostgreSQL, Kafka, Dask and the stand-ins with their logs in `folder`, both databases migrated, Airflow ready.

    `data` is a folder of recorded objects instead of the seeded sky. With `airflow=False` there is no metadata
    database. `speed` is how fast the sandbox's time runs from `begin` on, by default today's start in UTC.
    The sky is made about today's start.
    `settings` are files laid over the sandbox's own settings of the bridge. With `encrypted` every connection leads
    through TLS, and through a pooler or a proxy: `doors`. No named server is used then. `durable`: see PostgreSQL.
    Airflow is served below `path`, such as "/airflow".
    """

    mark = ""
    """The end of each secret that a person would choose."""

    def __init__(
        self,
        folder: Path,
        *,
        airflow: bool = True,
        data: Path | None = None,
        seed: int = 1,
        begin: datetime | None = None,
        speed: float = 0.0,
        dask_workers: int = 2,
        settings: Sequence[Path] = (),
        encrypted: bool = False,
        durable: bool = True,
        path: str = "",
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.folder = folder.resolve()
        self.with_airflow = airflow
        self.say = say
        self.data = data
        self.settings = settings
        self.path = path
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self.world = ["--now", midnight.isoformat(), "--begin", (begin or midnight).isoformat(), "--seed", str(seed)]
        if data:
            self.world += ["--data", str(data.resolve())]
        self.lasair_token, self.fourmost_password = (f"{secrets.token_urlsafe(12)}{self.mark}" for _ in range(2))
        self.passwords = {user: secrets.token_urlsafe(12) for user in ROLES}
        self.password = self.passwords[USER]
        self.fernet_key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        self.jwt_secret = secrets.token_urlsafe(32)
        self.api_port = free_port()
        authority = self._authority() if encrypted else None
        tls, named = (tls_of_postgres(authority), "") if authority else (None, None)
        self.postgres = PostgreSQL(self.folder / "postgresql", named, durable, settings=tls)
        self.kafka = Kafka(self.folder / "kafka", named)
        self.dask = Dask(self.folder / "dask", dask_workers, named, authority)
        self.sandbox = Sandbox(self.folder, [*self.world, "--speed", str(speed)], self._stand_ins_environment())
        self.doors: Doors | None = None
        if authority:
            self.doors = Doors(self.folder / "doors", authority, self.postgres, self.kafka, self.sandbox.port)
        self.tides_database = self.airflow_database = ""
        self.airflow_processes: list[Daemon] = []
        self._commands: list[Daemon] = []
        self.replayer: Daemon | None = None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start(self) -> None:
        with ThreadPoolExecutor() as pool:
            try:
                self._start_in(pool)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                # The threads wait for these services, and end with them.
                self.stop()
                raise

    def _start_in(self, pool: ThreadPoolExecutor) -> None:
        services = (self.kafka, self.dask, self.sandbox, *self._doors())
        steps = [pool.submit(self._start_one, service) for service in services]
        # PostgreSQL is waited for here: both databases need it, and the others start meanwhile.
        self._start_one(self.postgres)
        self.tides_database = self.postgres.create_database("tides")
        if self.with_airflow:
            self.airflow_database = self.postgres.create_database("airflow", of=Login.AIRFLOW)
            steps.append(pool.submit(self._prepare_airflow))
        steps.append(pool.submit(self.migrate_tides))
        for step in as_completed(steps):
            step.result()

    def _authority(self) -> Authority:
        (self.folder / "doors").mkdir(parents=True)
        return Authority(self.folder / "doors")

    def _doors(self) -> list[Service]:
        return self.doors.services if self.doors else []

    def _prepare_airflow(self) -> None:
        self._write_passwords()
        self.run(
            [sys.executable, "-m", "sandbox.services.metadata"], "airflow_migrate.log", "Airflow's metadata database"
        )
        self.say("Airflow's database is made")

    def _start_one(self, service: Service) -> None:
        service.start()
        self.say(f"{type(service).__name__} is up" if service.daemon else f"{type(service).__name__}: the one named")

    def stop(self) -> None:
        """End everything, first the users of the services. A failure to end one does not keep the others."""
        users: list[Daemon] = [*self._commands, *self.airflow_processes, *([self.replayer] if self.replayer else [])]
        services: list[Service] = [*self._doors(), self.postgres, self.kafka, self.dask, self.sandbox]
        with ThreadPoolExecutor() as pool, contextlib.ExitStack() as both:

            def stop_all(these: Sequence[Service | Daemon]) -> None:
                list(pool.map(lambda one: one.stop(), these))

            both.callback(stop_all, services)
            both.callback(stop_all, users)

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of an Airflow process or of `tides`, but `tides migrate`; holds passwords."""
        names = ["settings.yaml", "settings_recorded.yaml"] if self.data else ["settings.yaml"]
        files = [*(PROJECT / "sandbox" / name for name in names), *self._patient_settings(), *self.settings]
        common = library_environment() | {
            "AIRFLOW_HOME": str(self.folder / "airflow"),
            "TIDES_SETTINGS": os.pathsep.join(str(file) for file in files),
            "DASK_TEMPORARY_DIRECTORY": str(self.folder / "dask"),
            "PATH": os.pathsep.join(map(str, (*PROGRAMS, os.environ.get("PATH", os.defpath)))),
            # A proxy of the user would get the requests to the stand-ins.
            "NO_PROXY": f"{HOST},localhost",
        }
        if self.with_airflow:
            common |= self._airflow_settings()
        return common | _as_variables(self.connections())

    @property
    def owners_environment(self) -> dict[str, str]:
        """What `tides migrate` needs beside `environment`: no other process gets it."""
        return _as_variables(self._through({"tides_db_owner": self._database(Login.MIGRATOR)}))

    def _patient_settings(self) -> list[Path]:
        """A file with the sandbox's time-outs times TIDES_WAIT_FACTOR; none where that is 1."""
        if patient(1) == 1:
            return []
        settings = yaml.safe_load((PROJECT / "sandbox" / "settings.yaml").read_text())
        waits = {
            section: {key: patient(value) for key, value in settings[section].items() if key.endswith("_s")}
            for section in ("drain", "evaluation", "lasair", "fourmost")
        }
        file = self.folder / "waits.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(waits))
        return [file]

    def _airflow_settings(self) -> dict[str, str]:
        bundles = [
            {
                "name": "tides",
                "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
                "kwargs": {"path": str(PROJECT / "dags")},
            }
        ]
        sections: dict[str, dict[str, object]] = {
            "CORE": self._airflow_core(),
            "DATABASE": {
                "SQL_ALCHEMY_CONN": self.postgres.url(self.airflow_database, "postgresql+psycopg2", Login.AIRFLOW)
            },
            # A busy machine reads a DAG file late, and must not lose it: each limit is longer than the one inside it.
            "DAG_PROCESSOR": {
                "DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles),
                "DAG_FILE_PROCESSOR_TIMEOUT": round(patient(180)),
                "STALE_DAG_THRESHOLD": round(patient(240)),
                # The files change with a new version alone, and a parse of all six takes seconds of the processor.
                "MIN_FILE_PROCESS_INTERVAL": 120,
            },
            "API": {"HOST": HOST, "PORT": self.api_port, "WORKERS": 1, "BASE_URL": self.airflow_url},
            "API_AUTH": {"JWT_SECRET": self.jwt_secret},
            # So tasks follow each other at once, and a slot is free as soon as its task has ended.
            "SCHEDULER": {"SCHEDULER_IDLE_SLEEP_TIME": 0.1},
            "WORKERS": {"MIN_HEARTBEAT_INTERVAL": 1, "EXECUTION_API_TIMEOUT": patient(5)},
            "LOGGING": {"BASE_LOG_FOLDER": self.folder / "airflow" / "logs"},
            "USAGE_DATA_COLLECTION": {"ENABLED": False},
        }
        return {
            f"AIRFLOW__{section}__{key}": str(value)
            for section, keys in sections.items()
            for key, value in keys.items()
        }

    def _airflow_core(self) -> dict[str, object]:
        return {
            "EXECUTOR": "LocalExecutor",
            "PARALLELISM": 8,
            "LOAD_EXAMPLES": False,
            "DAGS_FOLDER": PROJECT / "dags",
            "PLUGINS_FOLDER": PROJECT / "plugins",
            "FERNET_KEY": self.fernet_key,
            "EXECUTION_API_SERVER_URL": f"{self.airflow_url}/execution/",
            "SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{user}:{role}" for user, role in ROLES.items()),
            "SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": self.folder / "airflow" / "passwords.json",
            "DAGS_ARE_PAUSED_AT_CREATION": False,
            "TEST_CONNECTION": "Enabled",
            "DAGBAG_IMPORT_TIMEOUT": round(patient(120)),
        }

    def connections(self) -> dict[str, dict[str, object]]:
        """Airflow's connections by id, as in its JSON form; one Kafka connection for each stream of bridge.yaml.

        That of the tables' owner is not among them.
        """
        lasair = f"{self.sandbox.url}/api"
        kafka = {"bootstrap.servers": self.kafka.bootstrap}
        direct: dict[str, dict[str, object]] = {
            "tides_db": self._database(Login.TASKS),
            "tides_db_reader": self._database(Login.PAGE),
            "lasair_api": {
                "conn_type": "lasair",
                "host": lasair,
                "password": self.lasair_token,
                "extra": {"ztf": lasair, "lsst": lasair, "allow_http": False},
            },
            "fourmost": {
                "conn_type": "fourmost",
                "host": f"{self.sandbox.url}/QFSwi/",
                "login": FOURMOST_USER,
                "password": self.fourmost_password,
                "extra": {"allow_http": False},
            },
            "dask": self.dask.connection,
            **{f"lasair_kafka_{stream}": {"conn_type": "kafka", "extra": kafka} for stream in streams()},
        }
        return self._through(direct)

    def _through(self, direct: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
        return self.doors.through(direct, self.sandbox.url) if self.doors else direct

    def _database(self, login: Login) -> dict[str, object]:
        named = self.postgres.login(login)
        return {
            "conn_type": "postgres",
            "host": named["host"],
            "port": int(named["port"]),
            "login": named["user"],
            "password": named.get("password", ""),
            "schema": self.tides_database,
        }

    def _stand_ins_environment(self) -> dict[str, str]:
        return library_environment() | {
            "SANDBOX_LASAIR_TOKEN": self.lasair_token,
            "SANDBOX_FOURMOST_USER": FOURMOST_USER,
            "SANDBOX_FOURMOST_PASSWORD": self.fourmost_password,
        }

    @property
    def airflow_url(self) -> str:
        """The address of the api-server and its page."""
        return f"http://{HOST}:{self.api_port}{self.path}"

    def _write_passwords(self) -> None:
        file = self.folder / "airflow" / "passwords.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        write_private(file, json.dumps(self.passwords))

    def migrate_tides(self) -> None:
        """Bring the bridge's own schema to this code's version (`tides migrate`); raises ServiceError."""
        command = [sys.executable, "-m", "tides", "migrate"]
        self.run(command, "tides_migrate.log", "the bridge's schema", self.environment | self.owners_environment)

    def replay(self, *, fast: bool) -> Daemon | None:
        """Publish the messages: with `fast` all of the past at once, else in the background as time goes by."""
        command = [sys.executable, "-m", "sandbox", "replay", "--bootstrap", self.kafka.bootstrap, *self.world]
        if fast:
            self.run([*command, "--fast"], "replay.log", "the replay", library_environment())
            return None
        log = self.folder / "replay.log"
        self.replayer = self.process("replay", command, log=log, environment=library_environment())
        self.replayer.start()
        return self.replayer

    def airflow(self, *arguments: str, log: str = "airflow.log") -> str:
        """Run an `airflow` command to its end and return its output; raises ServiceError when it fails."""
        return self.run([sys.executable, "-m", "airflow", *arguments], log, f"airflow {' '.join(arguments[:2])}")

    def process(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        ready: Callable[[], bool] = lambda: True,
        environment: dict[str, str] | None = None,
    ) -> Daemon:
        """A process in the project's folder, in the stack's environment or another one; it is not started yet."""
        environment = environment or self.environment
        return Daemon(name, command, log=log, ready=ready, cwd=PROJECT, environment=environment)

    def run(self, command: Sequence[str], log: str, what: str, environment: dict[str, str] | None = None) -> str:
        """Run a command to its end in the project's folder, with its output in `log`; return the output.

        Raises ServiceError with the output's end when the command fails.
        """
        file = self.folder / log
        start = file.stat().st_size if file.exists() else 0
        process = self.process(what, command, log=file, environment=environment)
        self._commands.append(process)
        try:
            code = process.run()
        finally:
            self._commands.remove(process)
        output = file.read_bytes()[start:].decode(errors="replace")
        if code:
            end = "\n".join(output.splitlines()[-25:])
            raise ServiceError(f"{what} failed (exit {code}); {file} ends with:\n{end}")
        return output

    def start_airflow(self) -> None:
        """Start api-server, scheduler, dag-processor and triggerer; returns when all are healthy."""
        ready = {"api-server": self._page_answers}
        for name in ("api-server", "scheduler", "dag-processor", "triggerer"):
            process = self.process(
                f"Airflow {name}",
                [sys.executable, "-m", "airflow", name, *SKIP_LOG_SERVER.get(name, ())],
                log=self.folder / f"{name}.log",
                ready=ready.get(name, self._healthy(name.replace("-", "_"))),
            )
            process.launch()
            self.airflow_processes.append(process)
        wait_until_up(self.airflow_processes)

    def _healthy(self, component: str) -> Callable[[], bool]:
        return lambda: self.health().get(component, {}).get("status") == "healthy"

    def _page_answers(self) -> bool:
        return bool(self.health())

    def health(self) -> dict[str, dict[str, str]]:
        """The health of each Airflow process, by the api-server; empty while it does not answer."""
        try:
            with urlopen(f"{self.airflow_url}/api/v2/monitor/health", timeout=patient(30)) as answer:  # noqa: S310 ours
                return json.load(answer)
        except (URLError, OSError):
            return {}


def streams() -> list[str]:
    """The names of the streams of bridge.yaml."""
    return list(yaml.safe_load(BRIDGE.read_text())["streams"])


def _as_variables(connections: dict[str, dict[str, object]]) -> dict[str, str]:
    return {f"AIRFLOW_CONN_{key.upper()}": json.dumps(value) for key, value in connections.items()}
