"""The embedded servers: real, killable, and never left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import psutil
import psycopg
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from distributed import Client

from sandbox.services import debian, kafka_jars
from sandbox.services.kafka_jars import Jar, class_path
from sandbox.services.leash import Daemon, ServiceError
from sandbox.services.pgbouncer import PgBouncer
from sandbox.services.servers import Kafka, PostgreSQL
from sandbox.services.service import PROJECT, Service, answers, free_port
from tests.limits import LIMIT_S


def start_owner(code: str, *arguments: object) -> subprocess.Popen[str]:
    """A Python process that runs `code`; what it prints can be read."""
    command = [sys.executable, "-c", code, *(str(argument) for argument in arguments)]
    return subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)


def wait_until_gone(pid: int) -> bool:
    """Whether the process ends in time (a zombie is gone)."""
    until = time.monotonic() + LIMIT_S
    while time.monotonic() < until:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.1)
    return False


OWNER_OF_POSTGRESQL = """
import signal, sys, time
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in a shell's background is born deaf to it
from sandbox.services.service import PROJECT, Service, answers, free_port
from sandbox.services.servers import Kafka, PostgreSQL
server = PostgreSQL(Path(sys.argv[1]))
server.start()
print(server.daemon.process.pid, flush=True)
time.sleep(600)
"""

OWNER_OF_A_PROCESS_THAT_FORKS = """
import sys, time
from pathlib import Path
from sandbox.services.leash import Daemon
child = "import os, time; os.setpgid(0, 0); print(os.getpid(), flush=True); time.sleep(600)"
script = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(600)"
log = Path(sys.argv[1])
Daemon("forks", [sys.executable, "-c", script], log=log, ready=lambda: bool(log.read_text())).start()
print("ready", flush=True)
time.sleep(600)
"""


def test_postgresql_asks_for_its_password_and_speaks_utc(postgres: PostgreSQL) -> None:
    name = postgres.create_database("test")
    with psycopg.connect(postgres.url(name)) as connection:
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)
    if postgres.daemon:
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(**{**postgres.conninfo, "password": "wrong"}, dbname=name)
    postgres.drop_database(name)


@pytest.mark.parametrize("durable", [True, False])
def test_what_postgresql_committed_survives_its_killing(tmp_path: Path, durable: bool) -> None:
    with PostgreSQL(tmp_path / "postgresql", named="", durable=durable) as server:
        url = server.url("postgres")
        with psycopg.connect(url) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("on" if durable else "off",)
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        server.kill()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url, connect_timeout=2)
        server.restart()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT n FROM kept").fetchone() == (7,)


def test_databases_made_in_a_named_server_are_dropped_at_the_end(postgres: PostgreSQL, tmp_path: Path) -> None:
    with PostgreSQL(tmp_path / "none", named=postgres.url("postgres")) as named:
        name = named.create_database("guest")
        psycopg.connect(named.url(name)).close()
        assert not (tmp_path / "none").exists()
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(postgres.url(name))
    assert psycopg.connect(postgres.url("postgres")).closed is False


@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_pgbouncer_lends_a_session_for_as_long_as_its_mode_says(
    postgres: PostgreSQL, tmp_path: Path, mode: Literal["session", "transaction"]
) -> None:
    with PgBouncer(tmp_path / "pooler", postgres, mode, sessions=1, query_wait_timeout=1) as pooler:
        url = pooler.url("postgres")
        with psycopg.connect(url, autocommit=True) as first, psycopg.connect(url, autocommit=True) as second:
            first.execute("SELECT 1")
            if mode == "transaction":
                assert second.execute("SELECT 2").fetchone() == (2,)
            else:
                with pytest.raises(psycopg.OperationalError, match="query_wait_timeout"):
                    second.execute("SELECT 2")
        with pytest.raises(psycopg.OperationalError, match="auth"):
            psycopg.connect(url.replace(postgres.conninfo["password"], "wrong"))


def test_a_machine_without_apt_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(debian, "SYSTEM", str(tmp_path))
    with pytest.raises(ServiceError, match="install the package pgbouncer"):
        debian.program("pgbouncer")


def test_a_program_on_the_path_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "stunnel4"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert debian.program("stunnel4").path == own


def test_a_named_server_that_does_not_answer_is_said_with_its_variable(tmp_path: Path) -> None:
    port = free_port()
    with pytest.raises(ServiceError, match="TIDES_POSTGRES"):
        PostgreSQL(tmp_path, named=f"postgresql://tides:hidden-word@127.0.0.1:{port}/x").start()
    with pytest.raises(ServiceError, match="TIDES_KAFKA"):
        Kafka(tmp_path, named=f"127.0.0.1:{port}").start()


def test_a_named_server_is_never_killed(postgres: PostgreSQL, tmp_path: Path) -> None:
    with PostgreSQL(tmp_path, named=postgres.url("postgres")) as named, pytest.raises(ServiceError, match="not ours"):
        named.kill()


def test_a_role_that_may_not_create_databases_is_refused(postgres: PostgreSQL, tmp_path: Path) -> None:
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE ROLE visitor LOGIN PASSWORD 'visit'")
        try:
            url = (
                postgres.url("postgres")
                .replace(postgres.conninfo["password"], "visit")
                .replace("//postgres:", "//visitor:")
            )
            with pytest.raises(ServiceError, match="CREATEDB"):
                PostgreSQL(tmp_path, named=url).start()
        finally:
            connection.execute("DROP ROLE visitor")


def test_kafka_keeps_messages_and_port_over_a_killing(kafka: Kafka, topic: Callable[..., str]) -> None:
    if kafka.daemon is None:
        pytest.skip("TIDES_KAFKA names a server that is not ours to kill")
    name = topic()
    producer = Producer({"bootstrap.servers": kafka.bootstrap, "acks": "all", "log_level": 2})
    producer.produce(name, b"alert", timestamp=1_000)
    assert producer.flush(LIMIT_S) == 0
    kafka.kill()
    assert not answers(kafka.port)
    kafka.restart()
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "x"})
    consumer.assign([TopicPartition(name, 0, 0)])
    message = consumer.poll(LIMIT_S)
    consumer.close()
    assert message.value() == b"alert"
    assert message.timestamp()[1] == 1_000


def test_a_frozen_kafka_accepts_connections_and_says_nothing(kafka: Kafka) -> None:
    if kafka.daemon is None:
        pytest.skip("TIDES_KAFKA names a server that is not ours to freeze")
    kafka.freeze()
    try:
        assert answers(kafka.port)
        assert not kafka._is_ready(timeout_s=1)
    finally:
        kafka.thaw()
    assert kafka._is_ready(timeout_s=20)


def test_topics_are_not_made_by_asking_for_them(kafka: Kafka) -> None:
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    admin.list_topics("never-made", timeout=LIMIT_S)
    assert "never-made" not in admin.list_topics(timeout=LIMIT_S).topics


def test_a_broken_jar_is_noticed_and_fetched_again() -> None:
    jar = min(class_path(), key=lambda path: path.stat().st_size)
    whole = jar.read_bytes()
    jar.write_bytes(whole[:-1])
    assert jar in class_path()
    assert jar.read_bytes() == whole


def test_a_jar_that_never_matches_its_hash_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    first = min(kafka_jars.locked(), key=lambda jar: "slf4j-simple" not in jar.coordinate)
    monkeypatch.setattr(kafka_jars, "locked", lambda: [Jar(first.coordinate, "0" * 64)])
    with pytest.raises(ServiceError, match="hash"):
        class_path()


def test_the_workers_of_dask_know_the_library(dask_address: str) -> None:
    with Client(dask_address, timeout=LIMIT_S) as client:
        found = client.submit(lambda: __import__("tides").__file__).result(timeout=LIMIT_S)
    assert Path(found).parent == PROJECT / "plugins" / "tides"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_postgresql_ends_when_its_owner_is_gone(tmp_path: Path, how: signal.Signals) -> None:
    owner = start_owner(OWNER_OF_POSTGRESQL, tmp_path / "postgresql")
    pid = int(owner.stdout.readline())
    assert psutil.pid_exists(pid)
    owner.send_signal(how)
    owner.wait(LIMIT_S)
    owner.stdout.close()
    assert wait_until_gone(pid)


def test_grandchildren_end_when_the_owner_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    owner = start_owner(OWNER_OF_A_PROCESS_THAT_FORKS, log)
    assert owner.stdout.readline() == "ready\n"
    grandchild = int(log.read_text())
    os.kill(owner.pid, signal.SIGKILL)
    owner.wait(LIMIT_S)
    owner.stdout.close()
    assert wait_until_gone(grandchild)


def test_a_process_that_ends_while_it_starts_is_said_with_the_end_of_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no room at the inn')"]
    with pytest.raises(ServiceError, match="no room at the inn"):
        Daemon("inn", command, log=tmp_path / "log", ready=lambda: False).start()


def test_a_service_that_was_not_started_cannot_be_frozen() -> None:
    class Nothing(Service):
        """A service without a process."""

    with pytest.raises(ServiceError, match="not ours"):
        Nothing().freeze()
