"""What `migrate` does while others work on the tables: it waits, says for whom, and gives up with their names."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from tides.database.schema_files import read_files
from tides.errors import Conflict

NEWEST = read_files().newest
SHORT = {"lock_s": 1, "pause_s": 0.2, "longest_s": 3}


@contextmanager
def a_backup(place) -> Iterator[int]:
    """A session that holds what pg_dump holds while it runs, on every table; gives its pid."""
    with psycopg.connect(place.url, application_name="pg_dump") as session:
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for row in place.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'tides'"):
            session.execute(f"LOCK TABLE tides.{row['tablename']} IN ACCESS SHARE MODE")
        yield session.info.backend_pid


def until(wanted: Callable[[], bool]) -> None:
    while not wanted():
        time.sleep(0.05)


@pytest.fixture
def behind(migrated):
    """A database that lacks a migration of the table `event`."""
    migrated.add("-- A column.\nALTER TABLE tides.event ADD COLUMN a text;\n")
    return migrated


def columns(place):
    query = "SELECT attname AS name FROM pg_attribute WHERE attrelid = 'tides.event'::regclass"
    return [row["name"] for row in place.rows(query)]


def test_it_waits_for_a_backup_says_so_once_and_goes_on_when_it_ends(behind):
    with ThreadPoolExecutor(1) as pool:
        with a_backup(behind) as pid:
            work = pool.submit(behind.migrate, lock_s=1, pause_s=0.2, longest_s=60)
            time.sleep(3.5)
            assert not work.done()
        assert work.result(30).version == NEWEST + 1
    assert "a" in columns(behind)
    assert len(behind.lines) == 1
    assert behind.lines[0].startswith(f"waiting for pid {pid} (pg_dump, role postgres, its query since 20")


def test_others_read_and_write_the_table_between_its_tries(behind):
    with a_backup(behind), ThreadPoolExecutor(1) as pool:
        work = pool.submit(behind.migrate, lock_s=1, pause_s=1.0, longest_s=6)
        time.sleep(0.5)
        behind.connection.execute("SET lock_timeout = '4s'")
        behind.connection.execute("INSERT INTO tides.event (kind, subject, detail) VALUES ('k', 's', '{}')")
        assert len(behind.rows("SELECT FROM tides.event")) == 1
        assert not work.done()
        with pytest.raises(Conflict):
            work.result(30)


def test_it_gives_up_after_its_time_names_who_blocks_it_and_has_changed_nothing(behind):
    words = r"within 3 s.* pid {} \(pg_dump, role postgres, its query since .* UTC\). Nothing was changed"
    with a_backup(behind) as pid, pytest.raises(Conflict, match=words.format(pid)):
        behind.migrate(**SHORT)
    assert "a" not in columns(behind)
    assert behind.rows("SELECT max(version) AS it FROM tides.schema_migration") == [{"it": NEWEST}]


def test_nothing_to_apply_waits_for_nobody(migrated):
    with a_backup(migrated):
        assert migrated.migrate(**SHORT).applied == ()


def test_two_at_once_apply_each_file_once(place):
    with ThreadPoolExecutor(2) as pool:
        both = [work.result(60) for work in [pool.submit(place.migrate, pause_s=0.2) for _ in range(2)]]
    assert sorted(len(done.applied) for done in both) == [0, NEWEST + len(read_files().repeatables)]
    assert place.rows("SELECT count(*) AS n FROM tides.schema_migration") == [{"n": NEWEST}]


def test_one_that_waits_for_another_migrate_says_so(behind):
    with psycopg.connect(behind.url, application_name="tides-migrate") as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtext('tides_migrate'))")
        pid = other.info.backend_pid
        with pytest.raises(Conflict, match=rf"another migrate is running: pid {pid} \(tides-migrate, "):
            behind.migrate(**SHORT)
    assert len(behind.lines) == 1


def test_a_second_one_beside_a_backup_says_that_another_is_running_and_both_end_well(behind):
    first, second = [], []
    with ThreadPoolExecutor(2) as pool:
        with a_backup(behind) as pid:
            work = [pool.submit(behind.migrate, first, lock_s=1, pause_s=0.2, longest_s=60)]
            until(lambda: bool(first))
            work.append(pool.submit(behind.migrate, second, lock_s=1, pause_s=0.2, longest_s=60))
            until(lambda: any("another migrate is running: pid " in line for line in second))
            until(lambda: any(f"waiting for pid {pid} (pg_dump, " in line for line in second))
        assert sorted(len(done.result(30).applied) for done in work) == [0, 1]
    assert first[0].startswith(f"waiting for pid {pid} (pg_dump, ")
    assert len(first) <= 2
    assert "a" in columns(behind)


def test_a_session_that_begins_one_query_after_another_is_told_once(behind):
    with ThreadPoolExecutor(1) as pool:
        with psycopg.connect(behind.url, application_name="pg_dump") as backup:
            backup.execute("LOCK TABLE tides.event IN ACCESS SHARE MODE")
            work = pool.submit(behind.migrate, lock_s=1, pause_s=0.2, longest_s=60)
            until(lambda: bool(behind.lines))
            for _ in range(20):
                backup.execute("SELECT pg_sleep(0.1)")
        assert work.result(30).version == NEWEST + 1
    assert len(behind.lines) == 1


def test_it_waits_for_who_holds_the_table_of_surveys_too(migrated):
    migrated.connection.execute("UPDATE tides.survey SET precedence = precedence + 10")
    with ThreadPoolExecutor(1) as pool:
        with psycopg.connect(migrated.url, application_name="indexing") as other:
            other.execute("LOCK TABLE tides.survey IN SHARE MODE")
            work = pool.submit(migrated.migrate, lock_s=1, pause_s=0.2, longest_s=60)
            until(lambda: bool(migrated.lines))
            assert not work.done()
        assert work.result(30).applied == ()
    assert "(indexing, role postgres, " in migrated.lines[0]
    assert migrated.rows("SELECT max(precedence) AS n FROM tides.survey")[0]["n"] < 10
