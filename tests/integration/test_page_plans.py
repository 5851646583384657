"""The plans of the page's and the watchdog's questions: none reads a table that grows with the years as a whole."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tides.database.statements import SQL, statement

GROWS = {
    "tides_master",
    "fourmost_target",
    "tides_hosts",
    "tides_history",
    "past",
    "bridge_run",
    "run_attempt",
    "run_task",
    "event",
    "dead_letter",
    "selection",
    "tides_alias",
}
NOW = datetime.now(UTC)
VALUES = {
    "since": NOW - timedelta(days=30),
    "most": 24,
    "days": 30,
    "until": NOW,
    "bytes": 600,
    "run": "run-7",
    "dag": "",
    "bridge": "tides_bridge",
    "hours": 3,
    "runs": 4,
}
PLACES = [
    *sorted(f"page/{file.stem}" for file in (SQL / "page").glob("*.sql")),
    "alarms/measured",
    "alarms/lags",
    "journal/good_run_within",
]

YEARS = (
    "INSERT INTO tides.tides_master (name, ra, dec, position_survey, reachable, template, active, why)"
    " SELECT 'TiDES' || n, n * 360.0 / 20000, -30, 'lsst', true, 'tides-sn', n > 19900,"
    " CASE WHEN n > 19900 THEN 'live' ELSE 'faint' END::tides.why FROM generate_series(1, 20000) AS n",
    "INSERT INTO tides.tides_hosts (catalogue, catalogue_id, ra, dec, template)"
    " SELECT 'c', n::text, n * 359.0 / 20000, -30, 'tides-host' FROM generate_series(1, 20000) AS n",
    "INSERT INTO tides.fourmost_target (id, name, state, wanted, told, held)"
    " SELECT tides_id, name, 'live', '{}', CASE WHEN tides_id % 1000 = 0 THEN NULL ELSE '{}' END::jsonb,"
    " CASE WHEN tides_id % 1000 = 0 THEN 'created' END FROM tides.tides_master",
    "INSERT INTO tides.tides_history (tides_id, step, reason, at)"
    " SELECT n, s, 'r', now() - (20000 - n) * interval '2 h'"
    " FROM generate_series(1, 20000) AS n CROSS JOIN (VALUES ('selected'), ('deactivated')) AS v (s)",
    "INSERT INTO tides.bridge_run (run_id, lane, started_at, ended_at, good, counts, report, code_version)"
    " SELECT 'run-' || n, 'live', now() - n * interval '1 h', now() - n * interval '1 h', true, '{\"live\": 7}', '', ''"
    " FROM generate_series(1, 20000) AS n",
    "INSERT INTO tides.run_attempt (run_id, dag_run_id, attempt, dag_id, lane, started_at, code_version)"
    " SELECT run_id, run_id, 1, 'tides_audit', 'live', started_at, '' FROM tides.bridge_run",
    "INSERT INTO tides.run_task (run_id, task_id, map_index, fault, failed_at)"
    " SELECT run_id, 'evaluate', -1, 'killed', started_at FROM tides.run_attempt",
    "INSERT INTO tides.event (kind, subject, detail, closed_at)"
    " SELECT 'freed', n::text, '{}', CASE WHEN n % 1000 <> 0 THEN now() END FROM generate_series(1, 20000) AS n",
    "INSERT INTO tides.dead_letter (lane, stream, kind, object_id, reason, buried_at)"
    " SELECT 'live', 'x', 'object', n::text, 'r', now() - n * interval '2 h' FROM generate_series(1, 20000) AS n",
    "INSERT INTO tides.tides_alias (survey, object_id, tides_id)"
    " SELECT 'lsst', n::text, n FROM generate_series(1, 20000) AS n",
    "INSERT INTO tides.selection (lane, stream, survey, object_id, function, function_hash, input_hash, passed,"
    " detections, code_version, run_id, trigger_known)"
    " SELECT 'live', 'lsst', 'lsst', n::text, 'f', 'h', v::text, v = 1, 5, '', 'r',"
    " now() - (20000 - n) * interval '2 h' FROM generate_series(1, 20000) AS n CROSS JOIN generate_series(1, 5) AS v",
    "ANALYZE",
)


@pytest.fixture(scope="module")
def years(postgres: Any, migrated_database: str) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A database as years leave it, few of whose targets are live."""
    name = postgres.create_database("years", template=migrated_database)
    with psycopg.connect(postgres.url(name), autocommit=True, row_factory=dict_row) as connection:
        for fill in YEARS:
            connection.execute(fill)  # type: ignore[arg-type]
        yield connection
    postgres.drop_database(name)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


@pytest.mark.parametrize("place", PLACES)
def test_no_question_of_the_page_or_the_watchdog_reads_a_growing_table_as_a_whole(years, place):
    (row,) = years.execute(f"EXPLAIN (FORMAT JSON) {statement(place)}", VALUES).fetchall()
    whole = [node for node in nodes(row["QUERY PLAN"][0]["Plan"]) if node["Node Type"] == "Seq Scan"]
    read = {node["Relation Name"] for node in whole}
    assert not read & GROWS, json.dumps(row["QUERY PLAN"], indent=1)
