"""The databases and logins of docker-compose.yaml, made by its own script in a real PostgreSQL."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from compose_secrets import Secrets
from compose_setup import GIVEN, OURS, settings_of, write_new
from sqlalchemy import NullPool, create_engine, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from sandbox.services.servers import PostgreSQL
from tests.compose import PROJECT, moved, read_compose

PASSWORDS = {
    "postgres_password": "root'@:/%#$\"\\ü 1",
    "tides_db_owner_password": "o'@:/%#$\"\\ü of the owner",
    "tides_db_password": "'; DROP ROLE airflow; -- @:/%#$HOME\"\\x λ漢",
    "tides_db_reader_password": ":'owner_password' of readers",
    "airflow_db_password": ":'tides_password' @:/%40#$$ \"{}\\n?&=é",
}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the files, with ugly passwords."""
    folder = tmp_path_factory.mktemp("secrets")
    for name, value in (dict.fromkeys((*OURS, *GIVEN), "a word") | PASSWORDS).items():
        write_new(folder / name, f"{value}\n", 0o444)
    return folder


@pytest.fixture(scope="module")
def compose(secrets: Path) -> dict[str, dict]:
    """The services, with the folder of the secrets where it is on this machine."""
    made = read_compose(settings_of({}, sandbox=True, folder=str(secrets)))
    return moved(made, {"/run/secrets": str(secrets)})


@pytest.fixture(scope="module")
def server(compose: dict[str, dict], tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    """A server like the container's after its first start: the superuser `postgres`, and both scripts have run."""
    made = PostgreSQL(tmp_path_factory.mktemp("compose") / "postgresql", named="", durable=False, bare=True)
    container = compose["services"]["postgres"]["environment"]
    password = Path(container["POSTGRES_PASSWORD_FILE"]).read_text().removesuffix("\n")
    made.conninfo |= {"user": "postgres", "password": password}
    with made:
        # as the image's entrypoint runs the files of its folder of first steps
        for one in sorted(compose["services"]["postgres"]["configs"], key=lambda one: one["target"]):
            script = PROJECT / compose["configs"][one["source"]]["file"]
            command = ["psql", "-v", "ON_ERROR_STOP=1", "--no-password", "--no-psqlrc", "-f", script]
            made.tool(command, "postgres", container)
        yield made


def connect(server: PostgreSQL, user: str, database: str, password: str) -> psycopg.Connection:
    login = {"host": server.conninfo["host"], "port": server.conninfo["port"], "user": user, "password": password}
    return psycopg.connect(**login, dbname=database)


@pytest.fixture(scope="module")
def migrated(server: PostgreSQL, compose: dict[str, dict], tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `tides migrate` says, with what its container gets and nothing else."""
    there = compose["services"]["airflow-init"]["environment"]
    at = f'"host": "{server.conninfo["host"]}", "port": {server.conninfo["port"]}'
    here = {
        name: value.replace('"host": "postgres", "port": 5432', at)
        for name, value in there.items()
        if name.startswith("AIRFLOW_CONN_TIDES_DB") or name in ("TIDES_SECRETS", "AIRFLOW__SECRETS__BACKEND")
    }
    here |= {
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "PYTHONPATH": os.pathsep.join(str(PROJECT / part) for part in ("plugins", "config")),
        "TIDES_SETTINGS": "",
    }
    command = [sys.executable, "-m", "tides", "migrate"]
    done = subprocess.run(command, env=os.environ | here, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


LOGINS = {"tides_migrator": "owner_", "tides": "", "tides_page": "reader_"}


@pytest.mark.parametrize("login", [*LOGINS, "airflow"])
def test_each_login_enters_one_database_by_its_own_password_and_has_no_power_over_the_server(
    server: PostgreSQL, migrated: str, login: str
) -> None:
    name = f"tides_db_{LOGINS[login]}password" if login in LOGINS else "airflow_db_password"
    own, other = ("tides", "airflow") if login in LOGINS else ("airflow", "tides")
    with connect(server, login, own, PASSWORDS[name]) as session:
        session.execute("SET TRANSACTION READ WRITE")
        powers = "rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
        found = session.execute(f"SELECT {powers} FROM pg_roles WHERE rolname = user").fetchone()  # type: ignore[call-overload]
        assert found == (False,) * 5
        if login in ("tides", "tides_page"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute("CREATE TABLE something (id int)")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        connect(server, login, other, PASSWORDS[name])
    for wrong in PASSWORDS.keys() - {name}:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            connect(server, login, own, PASSWORDS[wrong])


def test_the_bridge_makes_its_schema_as_the_owner_and_tasks_only_write_rows(server: PostgreSQL, migrated: str) -> None:
    assert not [word for word in PASSWORDS.values() if word in migrated]
    assert "no rights are granted" not in migrated
    with connect(server, "tides", "tides", PASSWORDS["tides_db_password"]) as own:
        owners = own.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'tides'").fetchall()
        assert owners == [("tides_owner",)]
        own.execute("INSERT INTO tides.survey_night VALUES ('lsst', 1, 1)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            own.execute("ALTER TABLE tides.event ADD COLUMN more text")


def test_airflow_reaches_its_database_with_what_its_containers_get(
    server: PostgreSQL, compose: dict[str, dict], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = compose["services"]["airflow-init"]["environment"]
    monkeypatch.setenv("TIDES_SECRETS", there["TIDES_SECRETS"])
    written = Secrets().get_config(there["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_SECRET"])
    address = make_url(written).set(host=server.conninfo["host"], port=int(server.conninfo["port"]))
    engine = create_engine(address, poolclass=NullPool)
    with engine.connect() as own:
        assert own.execute(text("SELECT current_user || '@' || current_database()")).scalar() == "airflow@airflow"

    async def as_the_api_server_does() -> str:
        async with create_async_engine(
            address.set(drivername="postgresql+asyncpg"), poolclass=NullPool
        ).connect() as own:
            return (await own.execute(text("SELECT current_user"))).scalar_one()

    assert asyncio.run(as_the_api_server_does()) == "airflow"
