"""What each group role may do: as much as the statements of the code need, for every table of the schema."""

import json
import re

import psycopg
import pytest

from sandbox.services.servers import Login
from tests.bridge import as_login, database_connection, opening
from tests.migration.conftest import SETTINGS
from tides.__main__ import main
from tides.database import migrations
from tides.database.schema_files import read_files
from tides.database.statements import SQL
from tides.errors import SettingsError
from tides.settings.model import BUNDLE

TASKS, READERS = "tides_writer", "tides_reader"
OF_MIGRATE = {"schema_migration", "schema_object", "schema_version"}

RIGHTS = """
    SELECT c.relname AS name, a.grantee::regrole::text AS role, a.privilege_type AS may
    FROM pg_class AS c, aclexplode(c.relacl) AS a
    WHERE c.relnamespace = 'tides'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND a.grantee <> c.relowner
    UNION
    SELECT c.relname, a.grantee::regrole::text, a.privilege_type
    FROM pg_class AS c JOIN pg_attribute AS t ON t.attrelid = c.oid, aclexplode(t.attacl) AS a
    WHERE c.relnamespace = 'tides'::regnamespace
"""

NEEDS = {
    "INSERT": re.compile(r"\bINSERT\s+INTO\s+(?:tides\.)?(\w+)"),
    "UPDATE": re.compile(
        # a statement of its own, an upsert, and the lock on a row
        r"(?<!DO )(?<!FOR )(?<!KEY )\bUPDATE\s+(?:tides\.)?(\w+)"
        r"|\bINSERT\s+INTO\s+(?:tides\.)?(\w+)(?=(?:(?!INSERT\s+INTO).)*?\bDO\s+UPDATE\b)"
        r"|\bFROM\s+tides\.(\w+)(?=(?:(?!\bFROM\b)[^;])*?\bFOR\s+(?:NO\s+KEY\s+)?UPDATE\b)",
        re.DOTALL,
    ),
    "DELETE": re.compile(r"\bDELETE\s+FROM\s+(?:tides\.)?(\w+)"),
}


def needed() -> dict[str, set[str]]:
    """What the statements of the tasks, commands and triggers do with each table, by its name."""
    files = [f for f in SQL.rglob("*.sql") if not {"migrations", "database"} & set(f.relative_to(SQL).parts)]
    files = [f for f in files if f.name not in ("schema.sql", "grants.sql")]
    files += [*(BUNDLE / "plugins").rglob("*.py"), *(BUNDLE / "dags").glob("*.py")]
    found: dict[str, set[str]] = {}
    for file in files:
        text = re.sub(r"--.*", "", file.read_text(encoding="utf-8"))
        for right, pattern in NEEDS.items():
            for match in pattern.finditer(text):
                name = next(group for group in match.groups() if group)
                found.setdefault(name, set()).add(right)
    return found


@pytest.fixture(autouse=True)
def roles(postgres):
    """The roles of config/roles.sql are there."""
    if postgres.daemon is None:
        pytest.skip("the PostgreSQL that is named keeps its own roles")


@pytest.fixture(scope="module")
def session(postgres, migrated_database):
    with psycopg.connect(postgres.url(migrated_database), autocommit=True) as own:
        yield own


@pytest.fixture(scope="module")
def granted(session):
    """The rights of each role on each table and view."""
    found: dict[tuple[str, str], set[str]] = {}
    for name, role, may in session.execute(RIGHTS):
        found.setdefault((role, name), set()).add(may)
    return found


@pytest.fixture(scope="module")
def tables(session):
    rows = session.execute("SELECT relname, relkind FROM pg_class WHERE relnamespace = 'tides'::regnamespace")
    return {name for name, kind in rows if kind in ("r", "p")}


def test_tasks_may_do_with_each_table_what_their_statements_do_and_nothing_else(granted, tables):
    does = needed()
    assert {name: granted[TASKS, name] for name in tables} == {n: does.get(n, set()) | {"SELECT"} for n in tables}


def test_each_table_stands_once_in_the_rule_so_that_a_new_one_needs_a_decision(tables):
    text = re.sub(r"--.*", "", (SQL / "schema" / "grants.sql").read_text(encoding="utf-8"))
    named = re.findall(r"\btides\.(\w+)", text)
    assert sorted(named) == sorted(tables - OF_MIGRATE)


def test_readers_may_read_every_table_and_view_and_do_nothing_else(granted, tables):
    of_readers = {name: may for (role, name), may in granted.items() if role == READERS}
    views = {file.stem for file in (SQL / "schema" / "views").glob("*.sql")}
    assert of_readers == {name: {"SELECT"} for name in tables | views}


def test_nobody_else_has_a_right(granted, session):
    assert {role for role, _ in granted} == {TASKS, READERS}
    schemas = "SELECT nspname, a.grantee::regrole::text, a.privilege_type FROM pg_namespace, aclexplode(nspacl) AS a"
    found = session.execute(f"{schemas} WHERE nspname IN ('tides', 'public') AND a.grantee <> nspowner").fetchall()
    assert set(found) == {("tides", TASKS, "USAGE"), ("tides", READERS, "USAGE"), ("public", "-", "USAGE")}
    database = (
        "SELECT a.grantee::regrole::text, a.privilege_type FROM pg_database, aclexplode(datacl) AS a"
        " WHERE datname = current_database() AND a.grantee <> datdba"
    )
    entered = {(TASKS, "CONNECT"), (TASKS, "TEMPORARY"), (READERS, "CONNECT")}
    assert set(session.execute(database).fetchall()) == entered


def test_all_belongs_to_the_owners_group_and_no_function_works_in_its_name(session):
    owners = "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relnamespace = 'tides'::regnamespace"
    assert session.execute(owners).fetchall() == [("tides_owner",)]
    functions = "SELECT proowner::regrole::text, prosecdef, proname FROM pg_proc"
    found = session.execute(f"{functions} WHERE pronamespace = 'tides'::regnamespace").fetchall()
    assert {owner for owner, _, _ in found} == {"tides_owner"}
    # One that did would need a fixed search_path; there is none.
    assert [name for _, definer, name in found if definer] == []


def test_a_new_table_has_no_right_to_write_before_it_stands_in_the_rule(migrated):
    name = migrated.add("-- A table.\nCREATE TABLE tides.further (a text);\n")
    assert name in migrated.migrate().applied
    may = {(row["role"], row["may"]) for row in migrated.rows(RIGHTS) if row["name"] == "further"}
    assert may == {(TASKS, "SELECT"), (READERS, "SELECT")}


def test_what_somebody_granted_to_our_roles_by_hand_goes_with_the_next_migrate(migrated):
    migrated.connection.execute("GRANT DELETE ON tides.tides_history TO tides_writer")
    migrated.connection.execute("GRANT INSERT (kind) ON tides.event TO tides_reader")
    migrated.migrate()
    may = {(row["name"], row["role"], row["may"]) for row in migrated.rows(RIGHTS)}
    assert ("tides_history", TASKS, "DELETE") not in may
    assert ("event", READERS, "INSERT") not in may


def test_where_a_group_role_is_missing_nothing_is_granted_and_migrate_says_so(migrated, monkeypatch, capsys):
    monkeypatch.setenv("AIRFLOW_CONN_TIDES_DB", json.dumps(database_connection(migrated.url)))
    migrated.connection.execute("GRANT DELETE ON tides.tides_history TO tides_writer")
    migrated.connection.execute("ALTER ROLE tides_writer RENAME TO absent")
    try:
        assert migrated.migrate().missing_roles == ("tides_writer",)
        assert main(["migrate"]) == 0
        may = {(row["role"], row["may"]) for row in migrated.rows(RIGHTS) if row["name"] == "tides_history"}
    finally:
        migrated.connection.execute("ALTER ROLE absent RENAME TO tides_writer")
    assert ("absent", "DELETE") in may
    assert "no rights are granted, since the server has no role tides_writer" in capsys.readouterr().out
    assert migrated.migrate().missing_roles == ()


@pytest.mark.parametrize("login", [Login.TASKS, Login.PAGE])
def test_tasks_and_readers_may_not_migrate(migrated, login):
    other = as_login(migrated.url, login)
    migrated.add("-- A table.\nCREATE TABLE tides.further (a text);\n")
    with pytest.raises(SettingsError, match=r"may not change the schema, and nothing was changed: .*tides_db_owner"):
        _migrate_as(migrated, other)
    assert migrated.rows("SELECT to_regclass('tides.further') AS further") == [{"further": None}]


def test_what_one_login_of_the_owners_makes_another_can_change(place):
    _migrate_as(place, as_login(place.url, Login.MIGRATOR))
    name = place.add("-- A column.\nALTER TABLE tides.event ADD COLUMN more text;\n")
    assert name in place.migrate().applied  # the superuser's session here
    assert place.rows("SELECT DISTINCT tableowner AS who FROM pg_tables WHERE schemaname = 'tides'") == [
        {"who": "tides_owner"}
    ]


def test_a_database_of_one_login_keeps_its_owner_and_grants_to_the_groups(place):
    """As an installation of an earlier release is, once somebody has made the roles: nothing is taken away."""
    owner = place.connection.info.user
    place.connection.execute("CREATE SCHEMA tides")
    place.migrate()
    assert place.rows("SELECT DISTINCT tableowner AS who FROM pg_tables WHERE schemaname = 'tides'") == [{"who": owner}]
    with psycopg.connect(as_login(place.url, Login.TASKS)) as session:
        assert session.execute("SELECT count(*) FROM tides.event").fetchone() == (0,)


def test_an_installation_of_one_login_comes_to_three_by_the_line_of_the_document(place):
    name = place.connection.info.dbname
    place.connection.execute(f"ALTER DATABASE {name} OWNER TO tides")
    one = as_login(place.url, Login.TASKS)
    _migrate_as(place, one)
    with psycopg.connect(one, autocommit=True) as session:
        session.execute("DELETE FROM tides.survey_night")  # the owner may do all
    reassign = "REASSIGN OWNED BY tides TO tides_owner"
    assert reassign in (BUNDLE / "docs" / "deployment.md").read_text(encoding="utf-8")
    place.connection.execute(reassign)
    _migrate_as(place, as_login(place.url, Login.MIGRATOR))
    with psycopg.connect(one, autocommit=True) as session:
        session.execute("INSERT INTO tides.survey_night VALUES ('lsst', 1, 1)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("DELETE FROM tides.survey_night")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("CREATE TABLE public.mine (x int)")


def test_the_owner_of_the_schema_migrates_in_a_database_that_is_not_its_own(place):
    """As after a restore into one that an administrator made."""
    _migrate_as(place, as_login(place.url, Login.MIGRATOR))
    name = place.connection.info.dbname
    place.connection.execute(f"ALTER DATABASE {name} OWNER TO postgres; GRANT CONNECT ON DATABASE {name} TO PUBLIC")
    name = place.add("-- A column.\nALTER TABLE tides.event ADD COLUMN more text;\n")
    assert name in _migrate_as(place, as_login(place.url, Login.MIGRATOR)).applied


def _migrate_as(place, url):
    return migrations.migrate(opening(url), SETTINGS, files=read_files(place.folder))


NARROW = {"alarm", "event", "fourmost_key", "operator_decision", "selection"}
"""The tables of which tasks change some columns."""


def test_of_what_is_kept_tasks_may_change_the_columns_that_their_statements_change(session):
    query = (
        "SELECT c.relname, t.attname FROM pg_class AS c JOIN pg_attribute AS t ON t.attrelid = c.oid,"
        " aclexplode(t.attacl) AS a WHERE c.relname = ANY(%s) AND a.privilege_type = 'UPDATE'"
    )
    found: dict[str, set[str]] = {}
    for table, column in session.execute(query, (list(NARROW),)):
        found.setdefault(table, set()).add(column)
    assert found == columns_changed()


def columns_changed() -> dict[str, set[str]]:
    """The columns that the statements of `include/sql` change, by table."""
    clause = (
        r"(?:UPDATE tides\.(?P<own>\w+)(?: AS \w+)?\s|INSERT INTO tides\.(?P<upsert>\w+)(?:(?!INSERT).)*?DO UPDATE\s)"
    )
    clause += r"\s*SET (?P<set>.*?)\n\s*(?:FROM|WHERE|RETURNING|\)|UPDATE|$)"
    found: dict[str, set[str]] = {}
    for file in SQL.rglob("*.sql"):
        if {"migrations", "database"} & set(file.relative_to(SQL).parts) or file.name in ("schema.sql", "grants.sql"):
            continue
        text = re.sub(r"--.*", "", file.read_text(encoding="utf-8")).replace(";", "\n)") + "\n)"
        for match in re.finditer(clause, text, re.DOTALL):
            table = match["own"] or match["upsert"]
            if table in NARROW:
                found.setdefault(table, set()).update(re.findall(r"(?:^|,)\s*(\w+) =", match["set"]))
    return found
