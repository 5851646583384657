"""The long forms of docs/backup.md: PostgreSQL's own log of changes, and the metadata of a real Airflow."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet

from sandbox.services.servers import PostgreSQL
from sandbox.services.service import HOST, free_port, library_environment, unprivileged
from tests.bridge import bring_schema, database_connection
from tests.limits import LIMIT_S
from tests.runbook import PROJECT, blocks
from tides.__main__ import main

pytestmark = pytest.mark.soak

PAGE = (PROJECT / "docs" / "backup.md").read_text(encoding="utf-8")
PLACE = "/srv/tides"
"""Where the page keeps what it is about."""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the user of the embedded server may enter and write."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        inner = Path(folder) / "tides"
        inner.mkdir()
        (inner / "wal").mkdir()
        if os.geteuid() == 0:
            for each in (inner, inner / "wal"):
                shutil.chown(each, "nobody")
        yield inner


def events(url: str) -> list[str]:
    with psycopg.connect(url) as session:
        return [row[0] for row in session.execute("SELECT subject FROM tides.event ORDER BY event_id")]


def note(url: str, subject: str) -> str:
    """Writes an event, and gives the time (UTC) after which it is there."""
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("INSERT INTO tides.event (kind, subject, detail) VALUES ('freed', %s, '{}')", (subject,))
        (now,) = session.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'").fetchone()
    return f"{now} UTC"


def wait_until_archived(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as session:
        (wanted,) = session.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        until = time.monotonic() + LIMIT_S
        while session.execute(
            "SELECT coalesce(last_archived_wal, '') < %s FROM pg_stat_archiver", (wanted,)
        ).fetchone()[0]:
            assert time.monotonic() < until, "the log is not archived"
            time.sleep(0.05)


def test_the_server_goes_back_to_a_time_by_its_log_of_changes(place, tmp_path):
    copy, back = (block.replace(PLACE, str(place)) for block in blocks("Without losing an hour"))
    (lines,) = re.findall(r"```ini\n(.*?)```", PAGE, re.DOTALL)
    settings = dict(line.split(" = ", 1) for line in lines.replace(PLACE, str(place)).splitlines())
    as_server = unprivileged("PostgreSQL")
    with PostgreSQL(place / "server", settings=settings) as server:
        name = server.create_database("tides")
        url = server.url(name)
        bring_schema(url)
        note(url, "before the copy")
        login = {f"PG{key.upper()}": value for key, value in server.conninfo.items()}
        path = f"{server.programs}{os.pathsep}{os.environ['PATH']}"
        environment = library_environment() | login | {"PATH": path}
        run = {"env": environment, "check": True, "cwd": place, "timeout": LIMIT_S}
        subprocess.run([*as_server, "sh", "-ec", copy], **run)
        moment = note(url, "before the mistake")
        note(url, "the mistake")
        wait_until_archived(url)
        subprocess.run([*as_server, "sh", "-ec", back.replace("2026-11-20 03:14:00 UTC", moment)], **run)
    port = free_port()
    control = [*as_server, f"{server.programs}/pg_ctl", f"--pgdata={place}/data"]
    start = [*control, "start", "--wait", f"--log={place}/log", f"--options=-p {port}"]
    subprocess.run(start, env=environment, check=True, cwd=place, timeout=LIMIT_S, stdout=subprocess.DEVNULL)
    try:
        restored = url.replace(f":{server.conninfo['port']}/", f":{port}/")
        assert HOST in restored
        until = time.monotonic() + LIMIT_S
        while psycopg.connect(restored).execute("SELECT pg_is_in_recovery()").fetchone() == (True,):
            assert time.monotonic() < until, "the recovery does not end"
            time.sleep(0.05)
        assert events(restored) == ["before the copy", "before the mistake"]
    finally:
        subprocess.run([*control, "stop", "--mode=immediate"], env=environment, check=True, stdout=subprocess.DEVNULL)


def test_the_metadata_of_a_real_airflow_comes_back_and_needs_its_fernet_key(
    postgres, database, tmp_path, monkeypatch, capsys
):
    secret, key = "Marked-Secret-of-a-connection", Fernet.generate_key().decode()
    monkeypatch.setenv("PATH", str(postgres.programs), prepend=os.pathsep)
    monkeypatch.setenv("AIRFLOW_CONN_TIDES_DB", json.dumps(database_connection(database)))

    def airflow(name: str, *words: str, fernet: str = key) -> str:
        url = postgres.url(name, "postgresql+psycopg2")
        monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", url)
        environment = {
            **os.environ, "AIRFLOW_HOME": str(tmp_path / "airflow"), "AIRFLOW__CORE__FERNET_KEY": fernet,
            "PYTHONPATH": os.pathsep.join([str(PROJECT / "plugins"), str(PROJECT)]),
        }  # fmt: skip
        done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True)
        return done.stdout if done.returncode == 0 else f"failed: {done.stderr}"

    first, second = postgres.create_database("airflow"), postgres.create_database("restored")
    airflow(first, "-m", "sandbox.services.metadata")
    add = ("-m", "airflow", "connections", "add", "marked", "--conn-type", "http", "--conn-password", secret)
    assert "failed" not in airflow(first, *add)
    assert main(["backup", "--to", str(tmp_path / "backups")]) == 0
    (folder,) = (tmp_path / "backups").iterdir()
    plain = postgres.tool(["pg_restore", "--file=-", folder / "airflow.dump"], "postgres")
    assert "COPY public.connection" in plain
    assert [
        hidden for hidden in (secret, key) if hidden in plain or hidden in (folder / "manifest.json").read_text()
    ] == []

    target = postgres.create_database("restored")
    monkeypatch.setenv("AIRFLOW_CONN_TIDES_DB", json.dumps(database_connection(postgres.url(target))))
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", postgres.url(second, "postgresql+psycopg2"))
    assert main(["restore", str(folder), "--airflow"]) == 0
    assert "Fernet key" in capsys.readouterr().out
    get = ("-m", "airflow", "connections", "get", "marked", "-o", "json")
    assert secret in airflow(second, *get)
    assert secret not in airflow(second, *get, fernet=Fernet.generate_key().decode())
    pools = ("-m", "airflow", "pools", "list", "-o", "json")
    assert {pool["pool"] for pool in json.loads(airflow(second, *pools))} >= {"lasair", "fourmost"}
    for name in (first, second, target):
        postgres.drop_database(name)
