"""The databases and logins of docker-compose.yaml, made by its own script in a real PostgreSQL."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import NullPool, create_engine, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from sandbox.services.servers import PostgreSQL
from tests.compose import PROJECT, quoted, read_compose, read_env

PASSWORDS = {
    "POSTGRES_PASSWORD": "root'@:/%#$\"\\ü 1",
    "TIDES_DB_PASSWORD": "'; DROP ROLE airflow; -- @:/%#$HOME\"\\x λ漢",
    "AIRFLOW_DB_PASSWORD": ":'tides_password' @:/%40#$$ \"{}\\n?&=é",
}


@pytest.fixture(scope="module")
def compose() -> dict[str, dict]:
    """The services, with ugly passwords as they are typed into `.env`."""
    names = {line.split("=")[0] for line in (PROJECT / ".env.example").read_text().splitlines() if "=" in line}
    given = {name: f"of-{name.lower()}" for name in names if name.isupper()} | PASSWORDS
    return read_compose(read_env("\n".join(f"{name}={quoted(value)}" for name, value in given.items())))


@pytest.fixture(scope="module")
def server(compose: dict[str, dict], tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    """A server like the container's after its first start: the superuser `postgres`, and the script has run."""
    made = PostgreSQL(tmp_path_factory.mktemp("compose") / "postgresql", named="", durable=False)
    made.conninfo |= {"user": "postgres", "password": PASSWORDS["POSTGRES_PASSWORD"]}
    script = made.folder.parent / "databases.sql"
    script.write_text(compose["configs"]["databases"]["content"])
    container = compose["services"]["postgres"]["environment"]
    with made:
        # as the image's entrypoint runs a file of its folder of first steps
        command = ["psql", "-v", "ON_ERROR_STOP=1", "--no-password", "--no-psqlrc", "-f", script]
        made.tool(command, "postgres", container)
        yield made


def connect(server: PostgreSQL, user: str, database: str, password: str) -> psycopg.Connection:
    login = {"host": server.conninfo["host"], "port": server.conninfo["port"], "user": user, "password": password}
    return psycopg.connect(**login, dbname=database)


@pytest.mark.parametrize(("user", "other"), [("tides", "airflow"), ("airflow", "tides")])
def test_each_login_owns_its_database_and_cannot_enter_the_others(server: PostgreSQL, user: str, other: str) -> None:
    password = PASSWORDS[f"{user.upper()}_DB_PASSWORD"]
    with connect(server, user, user, password) as own:
        powers = own.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = user"
        ).fetchone()
        assert powers == (False, False, False)
        own.execute("CREATE TABLE something (id int)")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        connect(server, user, other, password)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(server, user, user, PASSWORDS[f"{other.upper()}_DB_PASSWORD"])


def test_the_bridge_makes_its_schema_with_what_its_containers_get(
    server: PostgreSQL, compose: dict[str, dict], tmp_path: Path
) -> None:
    there = compose["services"]["airflow-init"]["environment"]
    connection = there["AIRFLOW_CONN_TIDES_DB"].replace(
        '"host": "postgres", "port": 5432', f'"host": "{server.conninfo["host"]}", "port": {server.conninfo["port"]}'
    )
    here = {
        "AIRFLOW_CONN_TIDES_DB": connection,
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__SECRETS__BACKEND": there["AIRFLOW__SECRETS__BACKEND"],
        "PGPASSWORD": there["PGPASSWORD"],
        "PYTHONPATH": os.pathsep.join(str(PROJECT / part) for part in ("plugins", "config")),
        "TIDES_DB_PASSWORD": there["TIDES_DB_PASSWORD"],
        "TIDES_SETTINGS": "",
    }
    command = [sys.executable, "-m", "tides", "migrate"]
    done = subprocess.run(command, env=os.environ | here, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not [word for word in PASSWORDS.values() if word in done.stdout + done.stderr]
    with connect(server, "tides", "tides", PASSWORDS["TIDES_DB_PASSWORD"]) as own:
        assert own.execute("SELECT tableowner FROM pg_tables WHERE schemaname = 'tides' LIMIT 1").fetchone() == (
            "tides",
        )


def test_airflow_reaches_its_database_with_what_its_containers_get(
    server: PostgreSQL, compose: dict[str, dict], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = compose["services"]["airflow-init"]["environment"]
    monkeypatch.setenv("PGPASSWORD", there["PGPASSWORD"])
    address = make_url(there["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]).set(
        host=server.conninfo["host"], port=int(server.conninfo["port"])
    )
    engine = create_engine(address, poolclass=NullPool)
    with engine.connect() as own:
        assert own.execute(text("SELECT current_user || '@' || current_database()")).scalar() == "airflow@airflow"

    async def as_the_api_server_does() -> str:
        async with create_async_engine(
            address.set(drivername="postgresql+asyncpg"), poolclass=NullPool
        ).connect() as own:
            return (await own.execute(text("SELECT current_user"))).scalar_one()

    assert asyncio.run(as_the_api_server_does()) == "airflow"
