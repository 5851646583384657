"""Whoever opens the database learns whether code and schema fit; the doctor and `migrate` can always look."""

import time

import psycopg
import pytest

from tides.__main__ import main
from tides.commands.doctor import all_checks
from tides.database import schema_check
from tides.errors import SettingsError
from tides.hooks.database import open_database
from tides.hooks.run import sql_step


@pytest.fixture
def first_in_process(monkeypatch):
    """As in a process that has not opened the database yet."""
    monkeypatch.setattr(schema_check, "_demanded", set())


@pytest.fixture
def edited(bridge, first_in_process):
    """A bridge whose database was migrated with another form of a file."""
    bridge.connection.execute("UPDATE tides.schema_migration SET sha256 = 'x' WHERE version = 9")
    return bridge


def test_a_task_or_command_on_a_database_that_does_not_fit_is_refused_with_the_files_name(edited, capsys):
    with pytest.raises(SettingsError, match=r"0009_hand.sql .* never edited"):
        open_database("drain")
    assert main(["epochs"]) == 1
    assert "epochs: 0009_hand.sql in include/sql/migrations is not what was applied" in capsys.readouterr().err
    assert main(["migrate"]) == 1
    assert "migrate: 0009_hand.sql in include/sql/migrations" in capsys.readouterr().err


def test_a_refused_opening_leaves_no_session_behind(edited):
    with pytest.raises(SettingsError):
        open_database("left-behind")
    query = "SELECT FROM pg_stat_activity WHERE application_name = 'tides-left-behind'"
    deadline = time.monotonic() + 20  # the server needs a moment to end it
    while edited.rows(query) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert edited.rows(query) == []


def test_the_doctor_tells_the_version_and_what_does_not_fit(bridge, first_in_process):
    looks = dict(all_checks())
    assert looks["schema"]().startswith("version 00")
    bridge.connection.execute("DELETE FROM tides.schema_object WHERE name = 'jd_utc'")
    with pytest.raises(SettingsError, match=r"it lacks schema/functions/jd_utc.sql: run `tides migrate`"):
        looks["schema"]()
    assert "PostgreSQL" in looks["database (tides_db)"]()


def test_migrate_prints_what_it_applied_and_the_version(bridge, capsys):
    bridge.connection.execute("DELETE FROM tides.schema_object WHERE name = 'jd_utc'")
    assert main(["migrate"]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first == "applied schema/functions/jd_utc.sql"
    assert last.startswith("the schema is at version 00")
    assert main(["migrate"]) == 0
    assert capsys.readouterr().out.endswith(", as before\n")


def test_a_command_that_waits_too_long_for_a_lock_says_so_in_a_line(make_bridge, capsys):
    bridge = make_bridge(database={"lock_timeout_s": 1})
    with psycopg.connect(bridge.database_url) as other:
        other.execute("LOCK TABLE tides.dead_letter IN ACCESS EXCLUSIVE MODE")
        assert main(["dead-letters", "list"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("dead-letters: the bridge's database (connection tides_db) broke off: canceling statement")


def test_the_check_is_made_once_a_process_and_database(bridge, first_in_process):
    open_database("first").close()
    bridge.connection.execute("UPDATE tides.schema_migration SET sha256 = 'x' WHERE version = 9")
    open_database("second").close()
    schema_check._demanded.clear()
    with pytest.raises(SettingsError):
        open_database("third")


def test_a_database_without_the_schema_is_told_with_the_command(bridge, postgres, first_in_process, monkeypatch):
    name = postgres.create_database("bare")
    monkeypatch.setenv("AIRFLOW_CONN_TIDES_DB", postgres.url(name, "postgres"))
    with pytest.raises(SettingsError, match="the database's schema is missing, this code needs 00"):
        open_database("drain")
    with pytest.raises(psycopg.errors.InvalidSchemaName), open_database("look", any_schema=True) as connection:
        connection.execute("CREATE TABLE tides.a (b text)")
    postgres.drop_database(name)


def test_an_sql_task_fails_at_once_on_a_database_that_does_not_fit(edited):
    with pytest.raises(SettingsError, match=r"0009_hand.sql"):
        sql_step("targets/upsert_master", {}).get_db_hook().get_conn()
