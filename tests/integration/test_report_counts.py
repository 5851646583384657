"""What the report counts over all history is kept as it changes, and is the same as counted from the tables."""

import json
import random
from contextlib import ExitStack

import pytest

from tides.database import session
from tides.database.statements import statement
from tides.reports.run import count_anew
from tides.settings.model import load_settings

TARGETS = """
SELECT
    count(*) AS targets,
    (SELECT count(*) FROM tides.tides_hosts) AS hosts,
    count(*) FILTER (WHERE NOT reachable) AS unreachable,
    count(*) FILTER (WHERE why = 'reclassified') AS reclassified,
    count(*) FILTER (WHERE why = 'vetoed') AS vetoed,
    count(*) FILTER (WHERE why = 'forced') AS forced,
    count(*) FILTER (WHERE why = 'observed') AS observed,
    count(*) FILTER (WHERE merged_into IS NOT NULL) AS merged
FROM tides.tides_master
"""
ASKED = {"run_id": "run-1", "started_at": "2026-01-01", "cut_off": None, "ingested_since": None}
CANDIDATE = (
    "INSERT INTO tides.candidate (lane, stream, object_id, survey, alert, alert_hash, known_at, bands, messages)"
    " VALUES (%(lane)s, %(stream)s, %(object)s, %(stream)s, '{}', '', now(), '{}', 1)"
    " ON CONFLICT (lane, stream, object_id) DO UPDATE SET messages = 2"
)
VERDICT = (
    "INSERT INTO tides.selection (lane, stream, survey, object_id, function, function_hash, input_hash, passed,"
    " criteria, detections, code_version, run_id)"
    " VALUES (%(lane)s, %(stream)s, %(stream)s, %(object)s, 'f', 'h', %(n)s::text, %(n)s > 40, '[]', 1, 'c', 'r')"
    " ON CONFLICT DO NOTHING"
)
TARGET = (
    "WITH made AS (INSERT INTO tides.tides_master (name, ra, dec, position_survey, reachable, template)"
    " VALUES (gen_random_uuid()::text, 1, 1, 'lsst', %(n)s > 30, 't') RETURNING tides_id)"
    " INSERT INTO tides.tides_alias (survey, object_id, tides_id) SELECT %(stream)s, %(object)s, tides_id FROM made"
    " WHERE NOT EXISTS (SELECT FROM tides.tides_alias AS a WHERE (a.survey, a.object_id) = (%(stream)s, %(object)s))"
)
ANY = "(SELECT max(tides_id) FROM tides.tides_master WHERE tides_id %% 7 = %(n)s %% 7)"
CHANGES = {
    "an alert": CANDIDATE,
    "a verdict": VERDICT,
    "a new target": TARGET,
    "a switch": f"UPDATE tides.tides_master SET active = NOT active, why = 'observed' WHERE tides_id = {ANY}",
    "a veto": f"UPDATE tides.tides_master SET active = false, why = 'vetoed' WHERE tides_id = {ANY}",
    "out of reach": f"UPDATE tides.tides_master SET reachable = NOT reachable WHERE tides_id = {ANY}",
    "a key": f"UPDATE tides.tides_master SET pk_4most = tides_id, updated = now() WHERE tides_id = {ANY}",
    "a new name": f"UPDATE tides.tides_master SET name = gen_random_uuid()::text WHERE tides_id = {ANY}",
    "a merge": f"UPDATE tides.tides_alias SET tides_id = {ANY} WHERE object_id = %(object)s AND {ANY} IS NOT NULL",
    "merged": "UPDATE tides.tides_master SET merged_into = (SELECT min(tides_id) FROM tides.tides_master)"
    f" WHERE tides_id = {ANY} AND tides_id <> (SELECT min(tides_id) FROM tides.tides_master)",
    "retention of a verdict": "DELETE FROM tides.selection WHERE object_id = %(object)s AND input_hash < '60'",
    "retention of an object": "DELETE FROM tides.candidate WHERE object_id = %(object)s",
    "no target any more": "DELETE FROM tides.tides_alias WHERE object_id = %(object)s",
}


@pytest.fixture
def connect(database):
    """Opens a further session with the test's database."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(session.connect(database, load_settings().database, "tides-test", "run-1"))


def change(connection, rng, what):
    given = {
        "lane": rng.choice(("live", "live", "replay/x")),
        "stream": rng.choice(("lsst", "ztf")),
        "object": str(rng.randrange(12)),
        "n": rng.randrange(100),
    }
    connection.execute(CHANGES[what], given)


def counted(connection, lane="live"):
    """What the report says, and what the tables hold."""
    count_anew(connection)
    streams = [dict(row) for row in connection.execute(statement("reports/stream_counts")).fetchall()]
    present = connection.execute(statement("reports/report_surveys"), {"lane": lane}).fetchall()
    said = connection.execute(statement("reports/report"), ASKED | {"lane": lane}).fetchone()
    there = connection.execute(TARGETS).fetchone()
    return (streams, {key: said[key] for key in there}), ([dict(row) for row in present], dict(there))


@pytest.mark.parametrize("seed", range(3))
def test_the_kept_counts_are_those_of_the_tables_whatever_changes_in_whatever_order(connect, seed):
    connection, rng, seen = connect(), random.Random(seed), set()
    for _ in range(40):
        for _ in range(rng.randrange(8)):
            change(connection, rng, rng.choice(list(CHANGES)))
        said, there = counted(connection)
        assert said == there
        seen.add(json.dumps(said))
    assert len(seen) > 20, "the changes change the counts"


def test_what_two_open_transactions_change_of_one_object_is_counted_when_both_are_done(connect):
    connection, first, second = connect(), connect(), connect()
    given = {"lane": "live", "stream": "lsst", "object": "1", "n": 99}
    with first.transaction():
        first.execute(CHANGES["an alert"], given)
        with second.transaction():
            second.execute(CHANGES["a verdict"], given)
            second.execute(CHANGES["a new target"], given)
            said, there = counted(connection)
            assert said == there
        said, there = counted(connection)
        assert said == there
    said, there = counted(connection)
    assert said == there
    assert [(row["objects"], row["selected"]) for row in said[0]] == [(1, 1)]
