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
    "tides_db_password": "'; DROP ROLE airflow; -- @:/%#$HOME\"\\x λ漢",
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
    """A server like the container's after its first start: the superuser `postgres`, and the script has run."""
    made = PostgreSQL(tmp_path_factory.mktemp("compose") / "postgresql", named="", durable=False)
    container = compose["services"]["postgres"]["environment"]
    password = Path(container["POSTGRES_PASSWORD_FILE"]).read_text().removesuffix("\n")
    made.conninfo |= {"user": "postgres", "password": password}
    script = PROJECT / compose["configs"]["databases"]["file"]
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
    password = PASSWORDS[f"{user}_db_password"]
    with connect(server, user, user, password) as own:
        powers = own.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = user"
        ).fetchone()
        assert powers == (False, False, False)
        own.execute("CREATE TABLE something (id int)")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        connect(server, user, other, password)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(server, user, user, PASSWORDS[f"{other}_db_password"])


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
        "PYTHONPATH": os.pathsep.join(str(PROJECT / part) for part in ("plugins", "config")),
        "TIDES_SECRETS": there["TIDES_SECRETS"],
        "TIDES_SETTINGS": "",
    }
    command = [sys.executable, "-m", "tides", "migrate"]
    done = subprocess.run(command, env=os.environ | here, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not [word for word in PASSWORDS.values() if word in done.stdout + done.stderr]
    with connect(server, "tides", "tides", PASSWORDS["tides_db_password"]) as own:
        assert own.execute("SELECT tableowner FROM pg_tables WHERE schemaname = 'tides' LIMIT 1").fetchone() == (
            "tides",
        )


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
