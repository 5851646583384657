"""PostgreSQL refuses: no connection free, too slow, a deadlock, its disk full, read-only. The run is red and clear."""

import math
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from sandbox.services.leash import patient
from sandbox.services.servers import PostgreSQL
from tests.faults.fate import Process
from tests.faults.nights import known_objects, publish_round
from tests.faults.sides import RUN, end_alike, refusal, say

TIMES = pytest.mark.parametrize("times", [1, pytest.param(10, marks=pytest.mark.soak)])
pytestmark = pytest.mark.timeout(1800)

SLOW = """
    CREATE OR REPLACE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN PERFORM pg_sleep(60); RETURN NULL; END$$;
    CREATE TRIGGER slow BEFORE INSERT OR UPDATE ON tides.{} EXECUTE FUNCTION slow()
"""


@contextmanager
def no_connection_free(url: str, table: str) -> Iterator[None]:
    """All that the server takes are taken."""
    with ExitStack() as held:
        with suppress(psycopg.OperationalError):
            while True:
                held.enter_context(psycopg.connect(url, connect_timeout=5))
        yield


@contextmanager
def too_slow(url: str, table: str) -> Iterator[None]:
    """What writes to a table takes longer than a statement may."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SLOW.format(table))
        yield
        connection.execute(f"DROP TRIGGER slow ON tides.{table}")


@contextmanager
def read_only(url: str, table: str) -> Iterator[None]:
    """As after a failover to a standby."""
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        yield
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")


WRITES = {"drain lsst": "candidate", "evaluate": "selection", "upsert_master": "target_band", "tell": "fourmost_target"}
"""A table that each step writes."""

FAULTS = {
    "out of connections": (no_connection_free, "too many clients"),
    "statement time-out": (too_slow, "statement timeout"),
    "read-only": (read_only, "read-only transaction"),
}


@TIMES
@pytest.mark.parametrize("fault", FAULTS)
def test_what_postgresql_refused_is_done_later(make_sides, chance, fault, times):
    strike, words = FAULTS[fault]
    soon_s = math.ceil(patient(1))
    disturbed, twin = make_sides(database={"statement_timeout_s": soon_s, "master_statement_timeout_s": soon_s})
    known = known_objects(disturbed.outside)
    for number in range(times):
        publish_round(disturbed.bridge, chance, known, number)
        twin.run()
        struck = chance.choice(list(WRITES))
        disturbed.run(RUN[: RUN.index(struck)])
        with strike(disturbed.bridge.database_url, WRITES[struck]):
            refused = disturbed.try_run(RUN[RUN.index(struck) :])
        assert words in refused[0], (struck, refused)
        end_alike(disturbed, twin, refused)
    say(f"PostgreSQL: {fault}", times, disturbed, twin)


HELD_AND_WANTED = {
    "drain lsst": ("light_curve", "stream_offset"),
    "evaluate": ("candidate", "light_curve"),
    "upsert_master": ("selection", "tides_master"),
}
"""Tables that a step writes in the opposite order: somebody holds the first and then wants the second."""


@contextmanager
def a_rival(url: str, held: str, wanted: str) -> Iterator[None]:
    """Somebody else's transaction, which locks two tables in the order that makes a deadlock, and outlasts it."""
    over = threading.Event()
    waiting = "SELECT FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
    with psycopg.connect(url) as rival, psycopg.connect(url, autocommit=True) as watcher:
        rival.execute("SET deadlock_timeout = '1min'")  # so that it is the bridge's session that is chosen
        rival.execute(f"LOCK TABLE tides.{held} IN SHARE MODE")

        def close_the_circle() -> None:
            while not over.is_set() and watcher.execute(waiting, (f"tides.{held}",)).fetchone() is None:
                pass
            rival.execute(f"LOCK TABLE tides.{wanted} IN SHARE MODE")
            rival.rollback()

        thread = threading.Thread(target=close_the_circle)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


@TIMES
def test_a_step_that_a_deadlock_ended_is_done_again(make_sides, chance, times):
    disturbed, twin = make_sides()
    known = known_objects(disturbed.outside)
    for number in range(times):
        publish_round(disturbed.bridge, chance, known, number)
        twin.run()
        struck = chance.choice(list(HELD_AND_WANTED))
        disturbed.run(RUN[: RUN.index(struck)])
        with a_rival(disturbed.bridge.database_url, *HELD_AND_WANTED[struck]):
            process = Process(disturbed.step(struck))
            process.struck()
        refused = refusal(process)
        assert "DeadlockDetected" in refused, (struck, refused)
        end_alike(disturbed, twin, refused)
    say("PostgreSQL: deadlock", times, disturbed, twin)


@pytest.fixture
def small_disk(postgres: PostgreSQL, tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB with a tablespace `small` on it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if postgres.daemon is None:
        pytest.skip("the PostgreSQL that is named may not see our disks")
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder]).returncode:
        pytest.skip("a small disk of its own can be mounted by root alone")
    try:
        space = folder / "space"
        space.mkdir(mode=0o700)
        shutil.chown(space, "nobody")
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE TABLESPACE small LOCATION '{space}'")
            connection.execute("GRANT CREATE ON TABLESPACE small TO PUBLIC")
            yield folder
            connection.execute("DROP TABLESPACE small")
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Not a byte more can be written."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 65536):
                pass
        except OSError:
            pass
    yield
    ballast.unlink()


@TIMES
def test_what_found_the_disk_full_is_stored_later(small_disk, make_sides, chance, times):
    disturbed, twin = make_sides()
    url = disturbed.bridge.database_url
    with psycopg.connect(url, autocommit=True) as connection:
        # a temporary table needs new pages in each transaction, a table of ours only now and then
        name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        connection.execute(f"ALTER DATABASE {name} SET temp_tablespaces = 'small'")
        for table in WRITES.values():
            connection.execute(f"ALTER TABLE tides.{table} SET TABLESPACE small")
    known = known_objects(disturbed.outside)
    for number in range(times):
        publish_round(disturbed.bridge, chance, known, number)
        twin.run()
        struck = chance.choice(["drain lsst", "upsert_master"])
        disturbed.run(RUN[: RUN.index(struck)])
        with full(small_disk):
            refused = disturbed.try_run(RUN[RUN.index(struck) :])
        assert "No space left on device" in refused[0], (struck, refused)
        end_alike(disturbed, twin, refused)
    say("PostgreSQL: disk full", times, disturbed, twin)
