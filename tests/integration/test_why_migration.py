"""The migration that types the state reads the old sentences once, and the new ones say the same."""

import psycopg
import pytest

from tides.database.statements import SQL

TARGETS = (
    "new",
    "live",
    "lsst: faded",
    "lsst: faded, ztf: not seen",
    "lsst: not seen, ztf: faded",
    "ztf: not seen",
    "reclassified: AGN by Sherlock, Galaxy by TNS",
    "reclassified: fails maxAge",
    "recurrent",
    "observed by 4MOST",
    "vetoed",
    "forced",
    "merged into TiDES26aaa",
    "out of reach",
    "no function in use selects it",
    "host only",
)
WHYS = ["new", "live", "faint", "faint", "faint", "unobserved", "reclassified", "reclassified"]
WHYS += ["recurrent", "observed", "vetoed", "forced", "merged", "unreachable", "unselected", "host_only"]

HOSTS = (
    "new",
    "hosts are not asked for",
    "no target lies in it",
    "vetoed",
    "observed by VLT",
    "its transient is live",
    "its redshift is known",
    "its transient is gone",
    "its transient was seen lately",
    "its transient is not wanted",
    "its transient is VS",
)
CAUSES = {
    "withdrawn: sent by run manual__2026 1": {"run_id": "manual__2026 1"},
    "withdrawn: selected by ab12 alone": {"function_hash": "ab12"},
    "withdrawn: sent since 2026-11-01T00:00:00Z": {"since": "2026-11-01T00:00:00Z"},
    "withdrawn: it is a star": None,
}


def is_made(connection, file):
    """Makes a function or view, unless what it needs is not there yet."""
    try:
        with connection.transaction():
            connection.execute(file.read_text(encoding="utf-8"))
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedFunction):
        return False
    return True


@pytest.fixture
def upgraded(postgres):
    """A database of schema 0013 with a row for each sentence, brought to the newest schema."""
    name = postgres.create_database("before_why")
    files = sorted((SQL / "migrations").glob("00*.sql"))
    with psycopg.connect(postgres.url(name)) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS tides")
        for file in files:
            if file.name < "0014":
                connection.execute(file.read_text(encoding="utf-8"))  # type: ignore[arg-type]
        for number, reason in enumerate(TARGETS):
            connection.execute(
                "INSERT INTO tides.tides_master (name, ra, dec, position_survey, reachable, template, reason)"
                " VALUES (%s, 10, -10, 'lsst', true, 'x', %s)",
                (f"T{number}", reason),
            )
        for number, reason in enumerate(HOSTS):
            connection.execute(
                "INSERT INTO tides.tides_hosts (catalogue, catalogue_id, ra, dec, template, reason)"
                " VALUES ('PS1', %s, 10, -10, 'x', %s)",
                (number, reason),
            )
        for reason in CAUSES:
            connection.execute(
                "INSERT INTO tides.operator_decision (verb, tides_id, reason, by) VALUES ('veto', 1, %s, 'Ada')",
                (reason,),
            )
        for file in files:
            if file.name >= "0014":
                connection.execute(file.read_text(encoding="utf-8"))  # type: ignore[arg-type]
        connection.execute("SET check_function_bodies = off")
        waiting = [*(SQL / "schema" / "functions").glob("*.sql"), *sorted((SQL / "schema" / "views").glob("*.sql"))]
        while waiting:  # one that needs a later one is made in the next round
            before, waiting = waiting, [file for file in waiting if not is_made(connection, file)]
            assert len(waiting) < len(before), waiting
        yield connection
    postgres.drop_database(name)


def test_each_old_sentence_of_a_target_is_a_state_that_says_the_same(upgraded):
    rows = upgraded.execute(
        "SELECT m.reason, r.words, m.why FROM tides.tides_master AS m"
        " JOIN tides.reason_in_words AS r USING (tides_id) ORDER BY tides_id"
    ).fetchall()
    assert [row[1] for row in rows] == [row[0] for row in rows] == list(TARGETS)
    assert [row[2] for row in rows] == WHYS


def test_each_old_sentence_of_a_host_is_a_state_that_says_the_same(upgraded):
    rows = upgraded.execute(
        "SELECT h.reason, r.words, h.why FROM tides.tides_hosts AS h"
        " JOIN tides.reason_in_words AS r USING (tides_id) ORDER BY tides_id"
    ).fetchall()
    assert [row[1] for row in rows] == [row[0] for row in rows] == list(HOSTS)
    assert len({row[2] for row in rows}) == len(HOSTS), "each is a state of its own"


def test_each_withdrawal_keeps_its_cause(upgraded):
    rows = upgraded.execute("SELECT reason, cause FROM tides.operator_decision ORDER BY decision_id").fetchall()
    assert dict(rows) == CAUSES
