"""Attacks on the bridge's database by the logins of tasks and of readers, and who works by which login."""

import json
import uuid
from contextlib import nullcontext
from datetime import UTC, datetime

import psycopg
import pytest

from sandbox.services.servers import Login
from tests.bridge import as_login, database_connection
from tests.runbook import PROJECT, command
from tides.commands.doctor import all_checks
from tides.database.session import connect
from tides.database.statements import statement
from tides.errors import SettingsError
from tides.hooks.database import DatabaseHook, open_as_owner, used_for
from tides.settings.model import DEFAULT_FILE, load_settings

SETTINGS = load_settings(DEFAULT_FILE).database

OUTSIDE = {
    "a program": "COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'",
    "a program's words": "CREATE TEMPORARY TABLE said (x text); COPY said FROM PROGRAM 'id'",
    "a file": "COPY (SELECT 1) TO '/tmp/tides-attack'",
    "the words of a file": "CREATE TEMPORARY TABLE said (x text); COPY said FROM '/etc/passwd'",
    "a file of the server": "SELECT pg_read_file('postgresql.conf')",
    "the large object of a file": "SELECT lo_import('/etc/passwd')",
    "a language": "CREATE LANGUAGE mine HANDLER plpgsql_call_handler",
    "a setting of the server": "ALTER SYSTEM SET log_statement = 'all'",
    "passwords": "SELECT rolpassword FROM pg_authid",
}
ROLES = {
    "the owner's role": "SET ROLE tides_owner",
    "the superuser's name": "SET SESSION AUTHORIZATION postgres",
    "a role": "CREATE ROLE mine SUPERUSER",
    "more power": "ALTER ROLE CURRENT_USER CREATEROLE",
    "a membership": "GRANT tides_owner TO tides, tides_page",
    "no triggers": "SET session_replication_role = replica",
}
TABLES = {
    "a table": "CREATE TABLE tides.mine (x int)",
    "a table elsewhere": "CREATE TABLE public.mine (x int)",
    "a schema": "CREATE SCHEMA mine",
    "a column": "ALTER TABLE tides.event ADD COLUMN mine int",
    "a trigger less": "ALTER TABLE tides.tides_history DISABLE TRIGGER append_only",
    "a trigger gone": "DROP TRIGGER append_only ON tides.tides_history",
    "a table gone": "DROP TABLE tides.past",
    "the schema gone": "DROP SCHEMA tides CASCADE",
    "a function": "CREATE FUNCTION tides.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "a view": "CREATE VIEW tides.mine AS SELECT 1",
    "an index": "CREATE INDEX mine ON tides.event (seen)",
    "a type": "ALTER TYPE tides.why ADD VALUE 'mine'",
    "all rows": "TRUNCATE tides.stream_audit",
    "the next id": "SELECT setval('tides.tides_master_tides_id_seq', 1)",
    "the schema's version": "DELETE FROM tides.schema_migration",
    "a migration's mark": "UPDATE tides.schema_migration SET sha256 = 'x'",
}
KEPT = ("alarm", "criteria_form", "digest", "fourmost_key", "operator_decision", "past", "report_told", "run_attempt",
        "selection_epoch", "selection_preview", "target_comment", "tides_history", "tides_master")  # fmt: skip
ROWS = {
    **{f"all of {table}": f"DELETE FROM tides.{table}" for table in KEPT},
    "a step told otherwise": "UPDATE tides.tides_history SET reason = 'mine'",
    "an epoch told otherwise": "UPDATE tides.selection_epoch SET by = 'mine'",
    "an exchange told otherwise": "UPDATE tides.fourmost_exchange SET outcome = 'stored'",
    "a verdict told otherwise": "UPDATE tides.selection SET passed = true",
    "an event of another kind": "UPDATE tides.event SET kind = 'mine'",
    "a decision of another person": "UPDATE tides.operator_decision SET by = 'mine'",
}
ANY_CHANGE = {
    "a row": "INSERT INTO tides.survey_night VALUES ('lsst', 1, 1)",
    "a change": "UPDATE tides.tides_master SET active = false",
    "a row less": "DELETE FROM tides.dead_letter",
    "a lock": "SELECT FROM tides.tides_master FOR UPDATE",
    "a lock on a table": "LOCK TABLE tides.event IN SHARE MODE",
    "a temporary table": "CREATE TEMPORARY TABLE mine (x int)",
    "a change by a function": "SELECT tides.draw_name('TiDES')",
}
OF_TASKS = OUTSIDE | ROLES | TABLES | ROWS
OF_READERS = OF_TASKS | ANY_CHANGE


@pytest.fixture(scope="module")
def address(postgres, migrated_database):
    """The superuser's address of a database that no attack changes. A copy gets no rights on the database itself."""
    if postgres.daemon is None:
        pytest.skip("the PostgreSQL that is named keeps its own roles")
    name = postgres.create_database("attacked", template=migrated_database)
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as superuser:
        superuser.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        superuser.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {name} TO tides_writer")
        superuser.execute(f"GRANT CONNECT ON DATABASE {name} TO tides_reader")
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture(scope="module")
def tasks(address):
    with psycopg.connect(as_login(address, Login.TASKS), autocommit=True) as session:
        yield session


@pytest.fixture(scope="module")
def readers(address):
    """A reader who has switched off what only keeps him from a mistake."""
    with psycopg.connect(as_login(address, Login.PAGE), autocommit=True) as session:
        session.execute("SET default_transaction_read_only = off")
        yield session


def attack(session, statement):
    """In a transaction, where PostgreSQL allows one."""
    with nullcontext() if statement.startswith("ALTER SYSTEM") else session.transaction():
        session.execute(statement)


@pytest.mark.parametrize("what", OF_TASKS)
def test_a_task_cannot_reach_outside_take_a_role_change_a_table_or_what_is_only_added_to(tasks, what):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        attack(tasks, OF_TASKS[what])


@pytest.mark.parametrize("what", OF_READERS)
def test_a_reader_can_do_none_of_this_and_change_nothing(readers, what):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        attack(readers, OF_READERS[what])


def test_the_same_attacks_succeed_without_the_guard(address):
    """As superuser: so it is the rights that stop the others, and no error in a statement."""
    outside = {what: OUTSIDE[what] for what in ("a program", "a file of the server")}
    attacks, made = TABLES | ROWS | ANY_CHANGE | outside, []
    with psycopg.connect(address) as session:
        for what, text in attacks.items():
            with session.transaction(force_rollback=True):
                # Triggers guard the append-only tables, too.
                session.execute("SET LOCAL session_replication_role = replica")
                session.execute(text)
            made.append(what)
    assert made == list(attacks)


def test_tasks_and_readers_read_and_tasks_write(tasks, readers):
    with tasks.transaction(force_rollback=True):
        tasks.execute("INSERT INTO tides.survey_night VALUES ('lsst', 1, 1)")
        tasks.execute("CREATE TEMPORARY TABLE mine ON COMMIT DROP AS SELECT * FROM tides.survey_night")
    assert readers.execute("SELECT count(*) FROM tides.observable_next").fetchone() == (0,)


def test_a_login_of_another_database_enters_nothing(address):
    with pytest.raises(SettingsError, match="does not let our login in: make it a member"):
        connect(as_login(address, Login.AIRFLOW), SETTINGS, "stranger")


OF = {"TIDES_DB": Login.TASKS, "TIDES_DB_OWNER": Login.MIGRATOR, "TIDES_DB_READER": Login.PAGE}


@pytest.fixture
def connected(address, monkeypatch):
    """Writes the bridge's connections with these logins (None: the superuser), and takes away the others."""

    def write(logins):
        for name in OF:
            monkeypatch.delenv(f"AIRFLOW_CONN_{name}", raising=False)
        for name, login in logins.items():
            url = as_login(address, login) if login else address
            monkeypatch.setenv(f"AIRFLOW_CONN_{name}", json.dumps(database_connection(url)))

    return write


def test_each_kind_of_work_has_a_login_of_its_own_and_tides_db_stands_in_for_the_two_others(connected):
    def logins():
        for kind in ({}, {"owner": True}, {"read_only": True}):
            with DatabaseHook("test", **kind).get_conn() as session:
                yield session.info.user

    connected(OF)
    assert list(logins()) == ["tides", "tides_migrator", "tides_page"]
    with open_as_owner(SETTINGS, "test") as session:
        assert session.info.user == "tides_migrator"
    connected({"TIDES_DB": Login.TASKS})
    assert list(logins()) == ["tides"] * 3
    assert used_for(owner=True) == used_for(read_only=True) == "tides_db"


def test_what_is_wrong_with_the_readers_connection_is_told_with_its_name(connected):
    connected(OF | {"TIDES_DB_READER": Login.AIRFLOW})
    with pytest.raises(
        SettingsError, match=r"\(connection tides_db_reader\) cannot be used: it does not let our login"
    ):
        DatabaseHook("test", read_only=True).get_conn()


def test_a_login_without_the_readers_role_is_told_what_it_lacks(connected, address, postgres):
    connected({"TIDES_DB": Login.AIRFLOW})
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as superuser:
        superuser.execute(f"GRANT CONNECT ON DATABASE {address.rpartition('/')[2]} TO airflow")
        with pytest.raises(SettingsError, match=r"login airflow may not read the bridge's tables \(permission denied"):
            DatabaseHook("test").get_conn()
        superuser.execute(f"REVOKE CONNECT ON DATABASE {address.rpartition('/')[2]} FROM airflow")


@pytest.mark.parametrize(
    ("logins", "says"),
    [
        (
            OF,
            [
                "tides, which writes rows and changes no table",
                "tides_migrator, OWNER: it may change and drop the tables",
                "tides_page, which only reads",
            ],
        ),
        ({"TIDES_DB": Login.MIGRATOR}, ["tides_migrator, OWNER: it may change and drop the tables"] * 3),
        ({"TIDES_DB": None}, ["postgres, SUPERUSER: it may do everything on the server"] * 3),
    ],
    ids=["three logins", "the owner alone", "the superuser alone"],
)
def test_the_doctor_says_who_works_as_what(connected, logins, says):
    connected(logins)
    named = zip(("tasks", "migrate", "the page"), OF, strict=True)
    by = [(who, (name if name in logins else "TIDES_DB").lower()) for who, name in named]
    expected = [f"{who} ({connection}): {words}" for (who, connection), words in zip(by, says, strict=True)]
    assert dict(all_checks())["database roles"]().splitlines() == expected


def test_the_doctor_says_that_nobody_can_migrate_where_the_owners_connection_is_not(connected):
    connected({name: login for name, login in OF.items() if name != "TIDES_DB_OWNER"})
    assert dict(all_checks())["database roles"]().splitlines()[1] == "migrate: not here, without tides_db_owner"


def test_the_time_outs_of_the_logins_are_the_bridges_own(postgres):
    with psycopg.connect(postgres.url("postgres")) as session:
        roles = "SELECT rolname, unnest(rolconfig) FROM pg_roles WHERE rolname IN ('tides', 'tides_page')"
        found = {(login, *said.split("=")) for login, said in session.execute(roles)}
    limits = {
        "statement_timeout": f"{SETTINGS.statement_timeout_s}s",
        "lock_timeout": f"{SETTINGS.lock_timeout_s}s",
        "idle_in_transaction_session_timeout": f"{SETTINGS.idle_in_transaction_s}s",
    }
    both = {(login, *each) for login in ("tides", "tides_page") for each in limits.items()}
    assert found == both | {("tides_page", "default_transaction_read_only", "on")}


def test_an_export_by_a_reader_waits_for_the_transactions_of_other_logins_that_may_still_write(address, readers):
    def is_open():
        as_of = {"as_of": datetime(2026, 1, 1, tzinfo=UTC)}
        return readers.execute(statement("sample/past_since"), as_of).fetchone()[2] is not None

    assert not is_open()
    for login, may_write in ((Login.TASKS, True), (Login.MIGRATOR, True), (Login.PAGE, False)):
        with psycopg.connect(as_login(address, login)) as other:
            other.execute("SELECT count(*) FROM tides.event")
            assert is_open() is may_write, login


@pytest.fixture
def psql(postgres, monkeypatch):
    """Runs a command of the document as the superuser of the server."""
    if postgres.named:
        pytest.skip("roles are made on a server of our own alone")

    def run(words):
        return postgres.tool(words, "postgres")

    monkeypatch.chdir(PROJECT)
    return run


def test_the_lines_of_the_document_make_the_roles_and_hand_over_what_one_login_owned(postgres, psql):
    psql(command("psql -X -v ON_ERROR_STOP=1 -d postgres"))
    name = f"by_the_document_{uuid.uuid4().hex[:8]}"
    made = {"CREATE DATABASE tides OWNER tides_owner": f"CREATE DATABASE {name} OWNER tides_owner"}
    psql(command("psql -X -d postgres", **made))
    try:
        with psycopg.connect(postgres.url(name), autocommit=True) as session:
            session.execute("CREATE TABLE kept (x int); ALTER TABLE kept OWNER TO tides")
            psql(command("psql -X -v ON_ERROR_STOP=1 -d tides -f", tides=name))
            psql(command("psql -X -v ON_ERROR_STOP=1 -d tides -c", tides=name))
            assert session.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'kept'").fetchone() == (
                "tides_owner",
            )
    finally:
        psql(["psql", "-X", "-c", f"DROP DATABASE {name}"])
