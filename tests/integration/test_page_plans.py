"""The plans of the page's and the watchdog's questions: none reads a table that grows with the years as a whole."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tides.database.statements import SQL, whole

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
    "checked_object",
    "candidate",
    "light_curve",
    "operator_decision",
    "target_comment",
    "target_band",
    "tides_spectrum",
    "night_rate",
    "night_criterion",
    "night_pair",
    "tides_context",
    "host_candidate",
    "lasair_failure",
    "fourmost_key",
    "fourmost_exchange",
}
NOW = datetime.now(UTC)
VALUES = {
    "since": NOW - timedelta(days=30),
    "most": 24,
    "days": 30,
    "until": NOW,
    "first": NOW.date() - timedelta(days=30),
    "last": NOW.date(),
    "lane": "live",
    "bytes": 600,
    "run": "run-7",
    "dag": "",
    "bridge": "tides_bridge",
    "hours": 3,
    "runs": 4,
    "good": True,
    "met": 20,
    "name": "TiDES7",
    "about": 50,
    "target": 7,
    "survey": "lsst",
    "object_id": "7",
    "tides_id": 7,
    "stream": "",
    "edges": [1, 24],
    "ids": ["1", "2", "3"],
    "targets": [1, 2, 3],
    "asked": "7",
    "subject": "TiDES7",
    "newest": 12,
    "ra": 10.0,
    "dec": 10.0,
    "radius_arcsec": 60.0,
    "cells": '[{"survey": "lsst", "cell": 2}]',
}
FILTERS = {
    "begins": "TiDES777",
    "state": "active",
    "why": "faint",
    "survey": "lsst",
    "subsurvey": "tides-sn",
    "band": "LSST_r_AB",
    "mag_from": 18.0,
    "mag_to": 21.5,
    "new_since": NOW - timedelta(days=30),
    "decision": "veto",
    "list": "any",
    "visit": "any",
}
CONE = {"ra": 359.9, "dec": -30.0, "radius": 0.1, "width": 0.12}
LIST = {
    **dict.fromkeys((*FILTERS, *CONE, "key", "id")),
    "by": "live",
    "scope": "all",
    "sort": "name",
    "upwards": True,
    "last_is_high": True,
    "ids": list(range(1, 101)),
    "look": 20,
    "most": 24,
}
"""The list of targets, without a filter."""
WALKS = {"name": "TiDES500", "ra": "180", "dec": "-50", "told": f"{NOW}"}
"""Its orders that need an index, each with a place in it."""
LISTS = [
    *(("page/targets_among", {"by": by} | FILTERS | CONE) for by in ("live", "new", *FILTERS, "cone")),
    *(
        ("page/targets_walk", {"sort": sort, "upwards": upwards, "key": key, "id": key and 500})
        for sort, place in WALKS.items()
        for upwards in (True, False)
        for key in (None, place)
    ),
    *(("page/targets", {name: value}) for name, value in FILTERS.items()),
    *(("page/targets", {"sort": sort, "upwards": False}) for sort in (*WALKS, "since", "mag")),
    ("page/targets", FILTERS | CONE),
]
PLACES = [
    *sorted(f"page/{file.stem}" for file in (SQL / "page").glob("*.sql")),
    "alarms/measured",
    "alarms/lags",
    "alarms/reports_to_tell",
    *(f"reports/{what}_since" for what in ("runs", "steps", "events", "acts")),
    "journal/good_run_within",
    "reports/backlog",
    "reports/backlog_before",
    "reports/keep_nights",
    "reports/trace_comments",
    "fourmost/tried_targets",
    "reports/fibre_hours_by_night",
    *(f"evaluation/{what}" for what in ("in_force", "newest_objects", "objects_named", "live_now")),
    "targets/trace_find",
    "reports/near",
    "reports/seen_objects",
    "reports/events_of",
    *(f"reports/object_{what}" for what in ("seen", "selected", "verdicts", "failures")),
    *sorted(f"reports/{file.stem}" for file in (SQL / "reports").glob("trace_*.sql")),
]

FEW, MANY = 1000, 10_000
MORE, SPARE = 2.0, 40
"""In so small a database an index of ten times the rows has one level more. What follows the history has ten times the
blocks."""

YEARS = (
    "INSERT INTO tides.tides_master (name, ra, dec, position_survey, reachable, template, active, why, created)"
    " SELECT 'TiDES' || n, n * 360.0 / %(targets)s, n * 40.0 / %(targets)s - 70, 'lsst', true, 'tides-sn',"
    " n > %(targets)s - 100,"
    " CASE WHEN n > %(targets)s - 100 THEN 'live' ELSE 'faint' END::tides.why,"
    " now() - (%(targets)s - n) * interval '2 h'"
    " FROM generate_series(1, %(targets)s) AS n",
    "INSERT INTO tides.tides_hosts (catalogue, catalogue_id, ra, dec, template)"
    " SELECT 'c', n::text, n * 359.0 / %(targets)s, n * 40.0 / %(targets)s - 70, 'tides-host'"
    " FROM generate_series(1, %(targets)s) AS n",
    "INSERT INTO tides.fourmost_target (id, name, state, wanted, told, told_at, held)"
    " SELECT tides_id, name, CASE WHEN active THEN 'live' ELSE 'inactive' END, '{}',"
    " CASE WHEN tides_id <= %(targets)s - 20 THEN '{}' END::jsonb,"
    " CASE WHEN tides_id <= %(targets)s - 20 THEN now() - (%(targets)s - tides_id) * interval '2 h' END,"
    " CASE WHEN tides_id > %(targets)s - 20 THEN 'created' END FROM tides.tides_master",
    "INSERT INTO tides.tides_history (tides_id, step, reason, at)"
    " SELECT n, s, 'r', now() - (%(targets)s - n) * interval '2 h' FROM generate_series(1, %(targets)s) AS n"
    " CROSS JOIN (VALUES ('selected'), ('created'), ('deactivated')) AS v (s)",
    "INSERT INTO tides.bridge_run (run_id, lane, started_at, ended_at, good, counts, report, code_version)"
    " SELECT 'run-' || n, 'live', now() - n * interval '1 h', now() - n * interval '1 h', true, '{\"live\": 7}', '', ''"
    " FROM generate_series(1, %(targets)s) AS n",
    "INSERT INTO tides.run_attempt (run_id, dag_run_id, attempt, dag_id, lane, started_at, code_version)"
    " SELECT run_id, run_id, 1, 'tides_audit', 'live', started_at, '' FROM tides.bridge_run",
    "INSERT INTO tides.run_task (run_id, task_id, map_index, fault, failed_at)"
    " SELECT run_id, 'evaluate', -1, 'killed', started_at FROM tides.run_attempt",
    "INSERT INTO tides.event (kind, subject, detail, opened_at, closed_at)"
    " SELECT 'freed', n::text, '{}', at, CASE WHEN n > 20 THEN at + interval '1 h' END"
    " FROM generate_series(1, %(targets)s) AS n CROSS JOIN LATERAL (SELECT now() - n * interval '2 h' AS at) AS t",
    "INSERT INTO tides.dead_letter (lane, stream, kind, object_id, reason, buried_at)"
    " SELECT 'live', 'x', 'object', n::text, 'r', now() - n * interval '2 h'"
    " FROM generate_series(1, %(targets)s) AS n",
    "INSERT INTO tides.tides_alias (survey, object_id, tides_id)"
    " SELECT 'lsst', n::text, n FROM generate_series(1, %(targets)s) AS n",
    "INSERT INTO tides.tides_context (survey, object_id, tns_name)"
    " SELECT 'lsst', n::text, 'AT2026' || n FROM generate_series(1, %(targets)s) AS n",
    "INSERT INTO tides.host_candidate (tides_id, host_id, rank, separation_arcsec)"
    " SELECT m.tides_id, h.tides_id, 1, 1 FROM tides.tides_master AS m"
    " JOIN tides.tides_hosts AS h ON h.catalogue_id = m.tides_id::text",
    "INSERT INTO tides.lasair_failure (survey, object_id, call, failures, failed_at, said)"
    " SELECT 'lsst', n::text, 'row', 1, now(), 's' FROM generate_series(1, %(targets)s) AS n",
    # Its trigger would have all of them created now.
    "ALTER TABLE tides.fourmost_key DISABLE TRIGGER note_created",
    "INSERT INTO tides.fourmost_key (pk, id, name, status, learnt_how)"
    " SELECT n, n, 'TiDES' || n, 'current', 'x' FROM generate_series(1, %(targets)s) AS n",
    "INSERT INTO tides.fourmost_exchange (run_id, id, name, verb, part)"
    " SELECT 'r', n, 'TiDES' || n, 'create', 'request' FROM generate_series(1, %(targets)s) AS n",
    "INSERT INTO tides.target_band (tides_id, survey, band, newest_jd)"
    " SELECT n, 'lsst', 'r', 2461000 FROM generate_series(1, %(targets)s) AS n",
    "INSERT INTO tides.candidate (lane, stream, object_id, survey, alert, alert_hash, known_at, bands, messages,"
    " waiting, said_at, cell)"
    " SELECT 'live', 'lsst', n::text, 'lsst', '{}', '', now(), '{}', 1, n > %(targets)s - 100, now(), n %% 500"
    " FROM generate_series(1, %(targets)s) AS n",
    "INSERT INTO tides.light_curve (lane, survey, object_id, raw, hash, source, alert_hash)"
    " SELECT 'live', 'lsst', n::text, '', '', 'message', '' FROM generate_series(1, %(targets)s) AS n",
    "INSERT INTO tides.selection (lane, stream, survey, object_id, function, function_hash, input_hash, passed,"
    " detections, code_version, run_id, trigger_known)"
    " SELECT 'live', 'lsst', 'lsst', n::text, 'f', 'h', v::text, v = 1, 5, '', 'r',"
    " now() - (%(targets)s - n) * interval '2 h' FROM generate_series(1, %(targets)s) AS n"
    " CROSS JOIN generate_series(1, 5) AS v",
    "INSERT INTO tides.target_comment (tides_id, by, words)"
    " SELECT n, 'b', 'w' FROM generate_series(1, %(targets)s) AS n",
    "INSERT INTO tides.operator_decision (verb, tides_id, reason, by, undone_at, undone_by)"
    " SELECT 'veto', n, 'r', 'b', now(), 'b' FROM generate_series(1, %(targets)s) AS n",
    "INSERT INTO tides.operator_decision (verb, ra, dec, radius_arcsec, reason, by)"
    " SELECT 'veto', n, -30, 1, 'r', 'b' FROM generate_series(1, 30) AS n",
    "INSERT INTO tides.checked_object (run_id, object_id, survey, function, function_hash, control, criteria)"
    " SELECT 'run-' || 1 + n / 100, n::text, 's', 'f', 'h', false, '[]' FROM generate_series(1, %(targets)s) AS n",
    "INSERT INTO tides.tides_spectrum (tides_id, night, state, source)"
    " SELECT n, now()::date - (%(targets)s - n) / 12, 'complete', 'x' FROM generate_series(1, %(targets)s) AS n",
    "INSERT INTO tides.stream_offset (lane, stream, partition, next_offset) VALUES ('live', 'lsst', 0, 7)",
    "INSERT INTO tides.night_rate (stream, night, function, function_hash, judged, passed, set_aside, paired)"
    " SELECT 'lsst', now()::date - n / 12, 'f' || n %% 12, 'h', 9, 5, 0, 9 FROM generate_series(1, %(targets)s) AS n",
    "INSERT INTO tides.night_criterion (stream, night, function, function_hash, criterion, judged, failed, unknown)"
    " SELECT stream, night, function, function_hash, 'c' || n, 9, 5, 0"
    " FROM tides.night_rate CROSS JOIN generate_series(1, 3) AS n",
    "INSERT INTO tides.night_pair (stream, night, function, function_hash, criterion, other, failed)"
    " SELECT stream, night, function, function_hash, 'c' || n, 'c' || n + 1, 4"
    " FROM tides.night_rate CROSS JOIN generate_series(1, 3) AS n",
    "INSERT INTO tides.night_stream (stream, night, read, sent, rows)"
    " SELECT 'lsst', now()::date - n, 9, 9, 9 FROM generate_series(0, %(targets)s / 12) AS n",
    # Each report sums up what triggers have noted.
    "TRUNCATE tides.cell_count",
    "INSERT INTO tides.cell_count SELECT tides.sky_cell(ra, dec), count(*) FROM tides.tides_master GROUP BY 1",
    "INSERT INTO tides.visit_reading (visits, unreadable) VALUES (40, 0)",
    "INSERT INTO tides.candidate_visit (visit_no, visit, ra, dec, content)"
    " SELECT n, n::text, 9 * n, -30, '{}' FROM generate_series(0, 39) AS n",
    "INSERT INTO tides.candidate_visit_target (visit_no, target_id)"
    " SELECT n, %(targets)s - t FROM generate_series(0, 39) AS n CROSS JOIN generate_series(0, 99) AS t",
    "ANALYZE",
)
Database = psycopg.Connection[dict[str, Any]]


@pytest.fixture(scope="module")
def years(postgres: Any, migrated_database: str) -> Iterator[tuple[Database, Database]]:
    """Two databases as years leave them, the second with ten times the history.

    The last nights, what is live and what is held are alike.
    """
    with ExitStack() as stack:
        made = []
        for targets in (FEW, MANY):
            name = postgres.create_database("years", template=migrated_database)
            stack.callback(postgres.drop_database, name)
            url = postgres.url(name)
            made.append(stack.enter_context(psycopg.connect(url, autocommit=True, row_factory=dict_row)))
            for fill in YEARS:
                made[-1].execute(fill, {"targets": targets})  # type: ignore[arg-type]
        yield made[0], made[1]


QUESTIONS = [*((place, {}) for place in PLACES), *LISTS]


def plan(database: Database, place: str, values: dict[str, Any], how: str) -> dict[str, Any]:
    given = VALUES | (LIST if place.startswith("page/target") else {}) | values
    given |= {"stream": "lsst"} if place.startswith("evaluation/") else {}
    (row,) = database.execute(f"EXPLAIN ({how}, FORMAT JSON) {whole(place)}", given).fetchall()
    top: dict[str, Any] = row["QUERY PLAN"][0]["Plan"]
    return top


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


@pytest.mark.parametrize(("place", "values"), QUESTIONS)
def test_no_question_of_the_page_or_the_watchdog_reads_a_growing_table_as_a_whole(years, place, values):
    top = plan(years[1], place, values, "COSTS")
    read = {node["Relation Name"] for node in nodes(top) if node["Node Type"] == "Seq Scan"}
    assert not read & GROWS, json.dumps(top, indent=1)


@pytest.mark.parametrize(("place", "values"), QUESTIONS)
def test_no_question_of_the_page_or_the_watchdog_touches_more_at_ten_times_the_history(years, place, values):
    few, many = (plan(database, place, values, "ANALYZE, BUFFERS") for database in years)
    before, after = (top["Shared Hit Blocks"] + top["Shared Read Blocks"] for top in (few, many))
    assert after <= MORE * before + SPARE, json.dumps(many, indent=1)
