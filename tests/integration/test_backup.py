"""`tides backup` and `tides restore` on PostgreSQL: what is in a backup, what is not, and what is refused."""

import fcntl
import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from airflow.models.connection import Connection
from airflow.models.team import Team
from airflow.models.variable import Variable
from cryptography.fernet import Fernet
from sqlalchemy import create_engine

from sandbox.services.servers import PostgreSQL
from tests.bridge import database_connection
from tests.runbook import command
from tides.__main__ import main
from tides.backup.manifest import NAME, Manifest
from tides.database.schema_files import read_files

MARK = "Marked-Secret"
"""The beginning of each secret of these tests: none of them may stand anywhere in a backup."""

KEY = Fernet.generate_key()
LANDED = Path(__file__).parents[1] / "migration" / "landed_0013.sql"


def lead_to(postgres: PostgreSQL, name: str, monkeypatch: pytest.MonkeyPatch, **fields: str) -> None:
    """The connection `tides_db` leads to this database, with these fields in place of its own."""
    found = database_connection(postgres.url(name)) | fields
    monkeypatch.setenv("AIRFLOW_CONN_TIDES_DB", json.dumps(found))


@dataclass
class Metadata:
    """A metadata database of Airflow with its tables of connections and variables, as Airflow writes them."""

    postgres: PostgreSQL
    name: str

    def run(self, statement: str, *parameters: object) -> list[tuple]:
        with psycopg.connect(self.postgres.url(self.name), autocommit=True) as session:
            cursor = session.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def connect(self, conn_id: str, password: str, *, encrypted: bool = True) -> None:
        kept = Fernet(KEY).encrypt(password.encode()).decode() if encrypted else password
        self.run(
            "INSERT INTO connection (conn_id, conn_type, password, is_encrypted, is_extra_encrypted)"
            " VALUES (%s, 'http', %s, %s, false)",
            *(conn_id, kept, encrypted),
        )


@pytest.fixture
def metadata(postgres: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> Iterator[Metadata]:
    name = postgres.create_database("airflow")
    engine = create_engine(postgres.url(name, "postgresql+psycopg2"))
    for model in (Team, Connection, Variable):
        model.__table__.create(engine)
    engine.dispose()
    made = Metadata(postgres, name)
    made.run("CREATE TABLE alembic_version AS SELECT 'a1b2c3' AS version_num")
    made.run("CREATE TABLE session AS SELECT %s AS data", f"{MARK}-of-a-login")
    made.connect("fourmost", f"{MARK}-fourmost")
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", postgres.url(name, "postgresql+psycopg2"))
    yield made
    postgres.drop_database(name)


@pytest.fixture
def programs(postgres: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """PostgreSQL's programs of the server's version on PATH, each of which writes down how it was called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("pg_dump", "pg_dumpall", "pg_restore"):
        script = folder / name
        script.write_text(
            f'#!/bin/sh\n{{ echo {name} "$@"; env; }} >>{tmp_path}/called\nexec {postgres.programs}/{name} "$@"\n'
        )
        script.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return folder


@pytest.fixture
def into(database: str, postgres: PostgreSQL, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of backups; the connection leads to a database with the schema."""
    lead_to(postgres, database.rsplit("/", 1)[1], monkeypatch)
    return tmp_path / "backups"


@pytest.fixture
def fresh(postgres: PostgreSQL) -> Iterator[Callable[..., str]]:
    """Makes empty databases."""
    made = []

    def make(prefix: str = "restored") -> str:
        made.append(postgres.create_database(prefix))
        return made[-1]

    yield make
    for name in made:
        postgres.drop_database(name)


def backed_up(into: Path, *words: str) -> Path:
    """Makes a backup, and gives its folder."""
    before = set(into.glob("*")) if into.exists() else set()
    assert main(["backup", "--to", str(into), *words]) == 0
    (made,) = set(into.glob("*")) - before
    return made


def manifest_of(folder: Path) -> Manifest:
    return Manifest.model_validate_json((folder / NAME).read_text())


@pytest.fixture
def marked(postgres: PostgreSQL) -> Iterator[dict[str, str]]:
    """A login with a marked password, which has the rights of the database's owner and no others."""
    login = {"login": "marked", "password": f"{MARK}-'of the $database"}
    quoted = login["password"].replace("'", "''")
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as session:
        session.execute(f"CREATE ROLE marked LOGIN PASSWORD '{quoted}' IN ROLE tides_owner")
        yield login
        session.execute("DROP ROLE marked")


def test_both_databases_roles_and_settings_are_restored_and_no_secret_stands_in_the_backup_or_in_a_call(
    marked, postgres, database, metadata, into, fresh, tmp_path, monkeypatch, capsys
):
    name = database.rsplit("/", 1)[1]
    with psycopg.connect(database, autocommit=True) as session:
        session.execute("INSERT INTO tides.event (kind, subject, detail) VALUES ('freed', 'an object', '{}')")
    lead_to(postgres, name, monkeypatch, **marked)
    monkeypatch.setenv("LASAIR_TOKEN", f"{MARK}-lasair")
    folder = backed_up(into)
    manifest = manifest_of(folder)
    assert manifest.bridge.migration == read_files().newest
    assert manifest.airflow is not None
    assert manifest.airflow.revision == "a1b2c3"
    files = {"bridge.dump", "airflow.dump", "roles.sql", "settings/0-bridge.yaml", "settings/selection_functions.yaml"}
    assert files == {file.name for file in manifest.files}
    assert "CREATE ROLE marked;" in (folder / "roles.sql").read_text()
    # Nobody else may read it, and no secret of ours is in it, compressed or not.
    assert {stat.S_IMODE(f.stat().st_mode) & 0o077 for f in [folder, *folder.rglob("*")]} == {0}
    plain = "".join(f.read_text(errors="replace") for f in folder.rglob("*") if f.is_file())
    for dumped in manifest.dumps:
        plain += postgres.tool(["pg_restore", "--file=-", folder / dumped.file], "postgres")
    assert "COPY public.connection" in plain
    assert [secret for secret in (MARK, postgres.conninfo["password"], KEY.decode()) if secret in plain] == []

    new, of_airflow = fresh(), fresh()
    lead_to(postgres, new, monkeypatch, **marked)
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", postgres.url(of_airflow, "postgresql+psycopg2"))
    capsys.readouterr()
    assert main(["restore", str(folder), "--airflow"]) == 0
    out = capsys.readouterr().out
    assert "What must follow" in out
    assert MARK not in out
    with psycopg.connect(postgres.url(new)) as session:
        assert session.execute("SELECT subject FROM tides.event").fetchall() == [("an object",)]
    ((kept,),) = Metadata(postgres, of_airflow).run("SELECT password FROM connection")
    assert Fernet(KEY).decrypt(kept).decode() == f"{MARK}-fourmost"
    assert Metadata(postgres, of_airflow).run("SELECT count(*) FROM session") == [(0,)]

    called = (tmp_path / "called").read_text()
    assert set(re.findall(r"^(pg_\w+) ", called, re.MULTILINE)) == {"pg_dump", "pg_dumpall", "pg_restore"}
    assert [line for line in called.splitlines() if MARK in line and not line.startswith("PGPASSWORD=")] == []


def test_a_dump_and_its_manifest_are_of_one_moment_while_the_bridge_works(
    postgres, database, into, programs, fresh, monkeypatch
):
    name = database.rsplit("/", 1)[1]
    begun = "INSERT INTO tides.run_attempt (run_id, dag_run_id, attempt, lane, started_at, code_version)"
    late = f"{begun} VALUES ('late', 'late', 1, 'live', now(), 'x')"
    session = f"{postgres.programs}/psql '{postgres.url(name)}' --quiet --command"
    dump = programs / "pg_dump"
    # What is written between the moment of the backup and the work of pg_dump.
    dump.write_text(dump.read_text().replace("exec", f'[ "$1" = --version ] || {session} "{late}"\nexec'))
    folder = backed_up(into, "--without-airflow")
    assert manifest_of(folder).bridge.newest_run is None
    new = fresh()
    lead_to(postgres, new, monkeypatch)
    assert main(["restore", str(folder)]) == 0
    runs = "SELECT count(*) FROM tides.run_attempt"
    with psycopg.connect(postgres.url(new)) as restored, psycopg.connect(database) as original:
        assert (original.execute(runs).fetchone(), restored.execute(runs).fetchone()) == ((1,), (0,))


def said_no(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command says that fails."""
    capsys.readouterr()
    assert main(list(words)) == 1
    return capsys.readouterr().err


def put(file: Path, text: str) -> None:
    file.write_text(f"#!/bin/sh\n{text}\n")


def test_a_backup_that_cannot_be_made_says_why_and_leaves_nothing(
    into, programs, metadata, tmp_path, monkeypatch, capsys
):
    backup = ("backup", "--to", str(into))
    metadata.connect("in_the_clear", f"{MARK}-open", encrypted=False)
    metadata.run("INSERT INTO variable (key, val, is_encrypted) VALUES ('too', %s, false)", f"{MARK}-open")
    said = said_no(capsys, *backup)
    assert "connection in_the_clear, variable too" in said
    assert MARK not in said
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{tmp_path}/airflow.db")
    assert "--without-airflow" in said_no(capsys, *backup)
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"postgresql://a:{MARK}-away@127.0.0.1:1/airflow")
    said = said_no(capsys, *backup)
    assert "Airflow's metadata database ([database] sql_alchemy_conn) cannot be reached" in said
    assert MARK not in said
    backup += ("--without-airflow",)
    good = (programs / "pg_dump").read_text()
    put(
        programs / "pg_dump",
        'case "$1" in --version) echo "pg_dump (PostgreSQL) 18.0";; *) echo no disk >&2; exit 1;; esac',
    )
    assert "pg_dump failed on the bridge's database: no disk" in said_no(capsys, *backup)
    put(programs / "pg_dump", 'echo "pg_dump (PostgreSQL) 15.18 (Debian)"')
    assert re.search(r"is of PostgreSQL 15, .* server of PostgreSQL 18: install", said_no(capsys, *backup))
    (programs / "pg_dump").unlink()
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("PATH", str(programs))
        assert "pg_dump is not on PATH: install" in said_no(capsys, *backup)
    put(programs / "pg_dump", good.partition("\n")[2])
    (programs / "pg_dump").chmod(0o755)
    held = os.open(into, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    assert "another backup is being written" in said_no(capsys, *backup)
    os.close(held)
    assert list(into.iterdir()) == []


def test_old_backups_are_removed_when_a_new_one_is_whole_and_what_is_no_backup_stays(into, capsys):
    first = backed_up(into, "--without-airflow")
    for day in ("01", "02", "03"):
        shutil.copytree(first, into / f"2026-01-{day}T031500Z")
    for other in (".unfinished-2026-01-04T031500Z", "2026-01-05T031500Z", "notes"):
        (into / other).mkdir()
    newest = backed_up(into, "--without-airflow", "--keep", "2")
    assert "removed 2026-01-03T031500Z" in capsys.readouterr().out
    assert {f.name for f in into.iterdir()} == {"2026-01-05T031500Z", "notes", first.name, newest.name}
    assert main(["backup", "--verify", str(newest)]) == 0
    assert "whole" in capsys.readouterr().out


def test_a_restore_refuses_what_it_cannot_do_before_it_writes_anything(
    postgres, database, into, fresh, monkeypatch, capsys
):
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as session:
        session.execute("CREATE ROLE outsider")
    with psycopg.connect(database, autocommit=True) as session:
        session.execute("GRANT SELECT ON tides.event TO outsider")
        folder = backed_up(into, "--without-airflow")
        assert "is not empty: it has the schema tides" in said_no(capsys, "restore", str(folder))
        session.execute("DROP OWNED BY outsider; DROP ROLE outsider")
    new = fresh()
    lead_to(postgres, new, monkeypatch)
    lacks = said_no(capsys, "restore", str(folder))
    assert "lacks the roles outsider" in lacks
    assert f"psql --file={folder}/roles.sql postgres" in lacks
    roles = {"--file=backups/2026-11-20T031500Z/roles.sql": f"--file={folder}/roles.sql"}
    postgres.tool(command("psql --file", **roles), "postgres")
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as session:
        session.execute("DROP ROLE outsider")  # which shows that it is there again
    assert "no metadata of Airflow" in said_no(capsys, "restore", str(folder), "--airflow")

    text = (folder / NAME).read_text()
    newest = read_files().newest
    assert f'"migration": {newest}' in text
    (folder / NAME).write_text(text.replace(f'"migration": {newest}', f'"migration": {newest + 1}'))
    assert "install the release that wrote the backup" in said_no(capsys, "restore", str(folder))
    (folder / NAME).write_text(text.replace('"format": 1', '"format": 2'))
    assert "of another version" in said_no(capsys, "restore", str(folder))
    (folder / NAME).write_text(text.replace('"bridge.dump"', '"../bridge.dump"'))
    assert "damaged" in said_no(capsys, "restore", str(folder))
    (folder / NAME).write_text(text)
    content = bytearray((folder / "bridge.dump").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "bridge.dump").write_bytes(content)
    (folder / "roles.sql").unlink()
    for words in (("restore", str(folder)), ("backup", "--verify", str(folder))):
        damaged = said_no(capsys, *words)
        assert "bridge.dump has changed since it was written" in damaged
        assert "roles.sql is missing" in damaged
    assert "is no backup" in said_no(capsys, "restore", str(into))
    with psycopg.connect(postgres.url(new)) as session:
        assert session.execute("SELECT to_regnamespace('tides')").fetchone() == (None,)


def test_an_older_schema_is_migrated_and_goes_to_the_role_that_owned_it(postgres, into, fresh, monkeypatch, capsys):
    old, new = fresh("landed"), fresh()
    postgres.tool(["psql", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={LANDED}"], old)
    with psycopg.connect(postgres.url(old), autocommit=True) as session:
        session.execute("ALTER SCHEMA tides OWNER TO tides_owner")
    lead_to(postgres, old, monkeypatch)
    folder = backed_up(into, "--without-airflow")
    assert manifest_of(folder).bridge.migration == 13
    lead_to(postgres, new, monkeypatch)
    capsys.readouterr()
    assert main(["restore", str(folder)]) == 0
    assert f"the schema is at version {read_files().newest:04d}, and the backup had 0013" in capsys.readouterr().out
    with psycopg.connect(postgres.url(new)) as session:
        owner = "SELECT tableowner FROM pg_tables WHERE (schemaname, tablename) = ('tides', 'tides_master')"
        assert session.execute(owner).fetchone() == ("tides_owner",)
