"""What an hour without news touches of PostgreSQL, as the history of targets grows and the live set stays the same.

Blocks are what PostgreSQL itself counted, a statement (pg_stat_statements): a busy machine does not change them.
`python -m bench.history 2000 20000 300` prints each statement at two sizes of the history, with 300 live targets.
"""

import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from tabulate import tabulate

from sandbox.services.servers import PostgreSQL
from tests.bridge import LIVE as LIVE_RUN
from tests.bridge import Bridge, bring_schema
from tides.evaluation.epochs import open_epochs
from tides.fourmost.wanted import batches_to_create, batches_to_update

LIVE = 1000
SIZES = (10_000, 100_000)

FILL = (
    # Each target has one object, which was seen long ago; the newest are live.
    "INSERT INTO tides.tides_master (name, ra, dec, position_survey, reachable, template, active, why, active_since,"
    " jdmin, jdmax, sherlock_class, created, updated)"
    " SELECT tides.target_name('TiDES', 2020 + n / 400000, n %% 400000), n * 360.0 / %(targets)s,"
    " -60 + 50.0 * (n %% 997) / 997, 'lsst', true, 'tides-sn', n >= %(targets)s - %(live)s,"
    " CASE WHEN n >= %(targets)s - %(live)s THEN 'live' ELSE 'unobserved' END::tides.why,"
    " CASE WHEN n >= %(targets)s - %(live)s THEN now() END, d.jd - 30, d.jd, 'SN', now() - d.ago, now() - d.ago"
    " FROM generate_series(0, %(targets)s - 1) AS n"
    " CROSS JOIN LATERAL (SELECT CASE WHEN n >= %(targets)s - %(live)s THEN interval '1 d'"
    " ELSE interval '200 d' + n * interval '1 min' END AS ago) AS a"
    " CROSS JOIN LATERAL (SELECT a.ago, tides.jd_utc(now() - a.ago) AS jd) AS d",
    "INSERT INTO tides.stream_offset (lane, stream, partition, next_offset, caught_up_at)"
    " SELECT 'live', s, 0, 1000, now() FROM unnest('{lsst,ztf}'::text[]) AS s",
    "CREATE TEMPORARY TABLE made AS SELECT tides_id, name, ra, dec, active, jdmin, jdmax, (1000000000 + o)::text AS"
    " object_id, now() - created AS ago, o = 0 AS own FROM tides.tides_master CROSS JOIN LATERAL"
    " (VALUES (tides_id), (tides_id + 100000000)) AS v (o)",
    "UPDATE made SET own = object_id::bigint < 1100000000",
    "INSERT INTO tides.tides_alias (survey, object_id, tides_id, ra, dec, first_jd, last_jd, seen_jd, known_at, faint)"
    " SELECT 'lsst', object_id, tides_id, ra, dec, jdmin, jdmax, jdmax, now() - ago, false FROM made WHERE own",
    # Two candidates a target: its own object, and one that was never selected.
    "INSERT INTO tides.candidate (lane, stream, object_id, survey, alert, alert_hash, known_at, ra, dec,"
    " first_jd, last_jd,"
    " detections, sherlock_class, bands, messages, waiting, said_at)"
    " SELECT 'live', 'lsst', object_id, 'lsst', jsonb_build_object('diaObjectId', object_id), sha256(object_id::bytea),"
    " now() - ago, ra, dec, jdmin, jdmax, 12, 'SN', '{}', 9, false, now() - ago FROM made",
    "INSERT INTO tides.light_curve (lane, survey, object_id, raw, hash, source, alert_hash, stored_at,"
    " detections, nights,"
    " first_jd, last_jd, bands)"
    " SELECT 'live', 'lsst', object_id, ''::bytea, sha256(object_id::bytea), 'message', sha256(object_id::bytea),"
    " now() - ago, 12, 5, jdmin, jdmax, jsonb_build_object('r', jsonb_build_object('newest', x, 'current', x))"
    " FROM made"
    " CROSS JOIN LATERAL (SELECT jsonb_build_object('jd', jdmax, 'mag', 21, 'err', 0.05) AS x) AS b",
    # Ten verdicts each, by the function in use; those of the target's own object passed.
    "INSERT INTO tides.selection (lane, stream, survey, object_id, function, function_hash, input_hash, passed,"
    " criteria,"
    " trigger_jd, detections, first_jd, last_jd, code_version, run_id, judged_at, merged_at, passes_now)"
    " SELECT 'live', 'lsst', 'lsst', object_id, %(function)s, %(hash)s, n::text, own, '[]', CASE WHEN own THEN"
    " jdmin END,"
    " 12, jdmin, jdmax, 'code', 'run', now() - ago, now() - ago, own FROM made, generate_series(1, 5) AS n",
    "INSERT INTO tides.target_band (tides_id, survey, band, newest_jd, newest_mag, newest_err, current_jd, current_mag,"
    " current_err, brightest_jd, brightest_mag) SELECT tides_id, 'lsst', b, jdmax, 21, 0.05, jdmax, 21, 0.05, jdmax, 21"
    " FROM made, unnest('{g,r}'::text[]) AS b WHERE own",
    "INSERT INTO tides.fourmost_target (id, name, state, wanted, told, told_at)"
    " SELECT tides_id, name, CASE WHEN active THEN 'live' ELSE 'inactive' END, row, row, now() - ago FROM made"
    " CROSS JOIN LATERAL (SELECT jsonb_build_object('name', name, 'is_active', active, 'padding', repeat('x', 700)))"
    " AS w (row) WHERE own",
    "INSERT INTO tides.fourmost_key (pk, id, name, status, learnt_how, learnt_at)"
    " SELECT tides_id, tides_id, name, 'current', 'create', now() - ago FROM made WHERE own",
    "INSERT INTO tides.tides_history (tides_id, step, reason, by, at)"
    " SELECT tides_id, s, 'history', 'bench', now() - ago FROM made,"
    " unnest('{selected,created,deactivated}'::text[]) AS s WHERE own",
)


SETTINGS = {"ssl": "off", "shared_preload_libraries": "'pg_stat_statements'", "pg_stat_statements.max": "10000"}
"""Blocks are counted a statement; the server that is built with TLS has this extension."""
MORE = 1.3
"""A statement may touch so many times the blocks at ten times the history."""
SPARE = 60
"""So many blocks more are no growth: an index has one more level, a statement is planned anew."""


def rows() -> list[dict[str, Any]]:
    """Measure on an embedded PostgreSQL; each row is {name, value, unit, against, ratio, goal}."""
    with server() as (postgres, place):
        small, large = (measure(postgres, place, size, LIVE) for size in SIZES)
    return [
        {
            "name": f"blocks of an hour without news at {SIZES[1]:,} targets: {step}",
            "value": sum(large[step].values()),
            "unit": "blocks",
            "against": f"{sum(small[step].values())} at {SIZES[0]:,}",
            "ratio": round(sum(large[step].values()) / max(sum(small[step].values()), 1), 2),
            "goal": f"≤ {MORE}",
        }
        for step in small
    ]


@contextmanager
def server() -> Iterator[tuple[PostgreSQL, Path]]:
    """A PostgreSQL that counts the blocks of each statement, and a folder."""
    # Its token has a digest in the ledger of calls; nobody is called.
    lasair = {"conn_type": "lasair", "host": "http://127.0.0.1:1/api", "password": "bench"}
    os.environ.setdefault("AIRFLOW_CONN_LASAIR_API", json.dumps(lasair))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)  # PostgreSQL runs as another user where this one is root
        with PostgreSQL(place / "postgresql", named="", settings=SETTINGS) as postgres:
            yield postgres, place


def measure(postgres: PostgreSQL, place: Path, targets: int, live: int) -> dict[str, dict[str, int]]:
    """The blocks that each statement touches, by the step of an hour without news, after so many targets."""
    url = postgres.url(postgres.create_database("bench"))
    bridge = Bridge(url, "", place, {"lsst": "none", "ztf": "nothing"})
    try:
        bring_schema(url)
        fill(bridge, targets, live)
        return {name: blocks(url, step) for name, step in hour(bridge).items()}
    finally:
        bridge.close()


def fill(bridge: Bridge, targets: int, live: int) -> None:
    """A database as after years: so many targets with all that belongs to them, of which the newest are live."""
    function = bridge.functions["tidesSNLSST"]
    given = {"targets": targets, "live": live, "function": function.name, "hash": function.hash}
    open_epochs(bridge.connection, LIVE_RUN, bridge.settings, bridge.functions)
    with bridge.connection.transaction():
        for statement in FILL:
            bridge.connection.execute(statement, given)
    _vacuum(bridge.database_url)
    # The first hour writes what it wants of each; the next ones are those that are measured.
    for _ in range(2):
        for step in hour(bridge).values():
            step()
    bridge.connection.execute("UPDATE tides.fourmost_target SET told = wanted, held = NULL")
    lives = bridge.row("SELECT count(*) AS n FROM tides.tides_master WHERE active")["n"]
    assert lives == live, f"{lives} live targets in place of {live}"
    _vacuum(bridge.database_url)


def _vacuum(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def hour(bridge: Bridge) -> dict[str, Callable[[], Any]]:
    """The steps of a run that ask the database, by the names of their tasks."""
    limits = bridge.settings.fourmost
    return {
        "plan_chunks": bridge.evaluate,
        "upsert_master": lambda: bridge.sql_step("targets/upsert_master"),
        "deactivate_unobserved": lambda: bridge.sql_step("targets/deactivate_unobserved"),
        "stage_4most": bridge.stage,
        "batches_to_create": lambda: batches_to_create(bridge.connection, limits),
        "batches_to_update": lambda: batches_to_update(bridge.connection, limits),
        "record_4most_keys": lambda: bridge.sql_step("fourmost/record_4most_keys", keys="[]"),
        "report": bridge.report,
    }


def blocks(url: str, step: Callable[[], Any]) -> dict[str, int]:
    """How many blocks (8 KiB) each statement touched while a step ran, found in memory or not."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        connection.execute("SELECT pg_stat_statements_reset()")
        step()
        counted = connection.execute(
            "SELECT query, sum(shared_blks_hit + shared_blks_read) FROM pg_stat_statements AS s"
            " JOIN pg_database AS d ON d.oid = s.dbid AND d.datname = current_database()"
            " WHERE toplevel AND query NOT LIKE '%pg_stat_statements%' GROUP BY query"
        ).fetchall()
    touched: dict[str, int] = {}
    for query, n in counted:
        name = _short(query)
        touched[name] = touched.get(name, 0) + int(n)
    return touched


def _short(query: str) -> str:
    """The first words of a statement, without its comments."""
    return " ".join(re.sub(r"--[^\n]*", "", query).split())[:110]


def grown(small: dict[str, int], large: dict[str, int]) -> dict[str, tuple[int, int]]:
    """The statements of a step that cost more as the history grew, with their blocks at both sizes."""
    return {
        name: (small.get(name, 0), touched)
        for name, touched in large.items()
        if touched > MORE * small.get(name, 0) + SPARE
    }


def main() -> None:
    """Prints each statement of an hour at two sizes of the history."""
    few, many, live = (int(word) for word in sys.argv[1:4])
    with server() as (postgres, place):
        small, large = (measure(postgres, place, size, live) for size in (few, many))
    table = [
        [step, small[step].get(name, 0), touched, round(touched / max(small[step].get(name, 0), 1), 1), name]
        for step in large
        for name, touched in sorted(large[step].items(), key=lambda item: -item[1])
        if touched > SPARE
    ]
    print(tabulate(table, headers=["step", f"{few:,}", f"{many:,}", "ratio", "statement"]))


if __name__ == "__main__":
    main()
