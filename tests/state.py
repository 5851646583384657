"""The canonical dump of the bridge's state: the rows that must be equal whatever way led to them.

By object, without surrogate keys, names, run ids, times and append-only logs.
"""

from typing import Any

import psycopg
from psycopg.rows import dict_row

TARGET = """
    SELECT m.tides_id, array_agg(a.survey || ' ' || a.object_id ORDER BY a.survey, a.object_id) AS objects
    FROM tides.tides_master AS m
    JOIN tides.tides_alias AS a USING (tides_id)
    GROUP BY m.tides_id
"""

PARTS = {
    "candidates": """
        SELECT stream, object_id, alert, encode(alert_hash, 'hex') AS alert_hash, messages, waiting, attempts, problem
        FROM tides.candidate WHERE lane = 'live' ORDER BY stream, object_id
    """,
    "dead letters": """
        SELECT stream, kind, partition, "offset", object_id, encode(raw, 'hex') AS raw, reason
        FROM tides.dead_letter ORDER BY stream, kind, partition, "offset", object_id
    """,
    "bookmarks": """
        SELECT stream, partition, next_offset FROM tides.stream_offset WHERE lane = 'live' ORDER BY stream, partition
    """,
    "nights": "SELECT stream, night, objects FROM tides.survey_night ORDER BY stream, night",
    "cells": "SELECT stream, night, cell, objects FROM tides.cell_night ORDER BY stream, night, cell",
    "light curves": """
        SELECT survey, object_id, encode(hash, 'hex') AS hash, detections, nights, first_jd, last_jd, bands
        FROM tides.light_curve WHERE lane = 'live' ORDER BY survey, object_id
    """,
    "verdicts": """
        SELECT DISTINCT ON (survey, object_id, function)
            survey, object_id, function, function_hash, input_hash, passed, criteria, trigger_jd,
            merged_at IS NOT NULL AS merged
        FROM tides.verdict WHERE lane = 'live' ORDER BY survey, object_id, function, selection_id DESC
    """,
    "targets": f"""
        SELECT t.objects, m.ra, m.dec, m.position_survey, m.reachable, m.template, m.jdmin, m.jdmax, m.magrmin,
            m.maggmin, m.rmag, m.gmag, m.jdgmax, m.jdrmax, m.ncandgp, m.sherlock_class, m.active, m.why, m.control,
            m.pk_4most IS NOT NULL AS has_key
        FROM ({TARGET}) AS t JOIN tides.tides_master AS m USING (tides_id) ORDER BY t.objects
    """,
    "bands": f"""
        SELECT t.objects, to_jsonb(b) - 'tides_id' AS band
        FROM ({TARGET}) AS t JOIN tides.target_band AS b USING (tides_id) ORDER BY t.objects, b.survey, b.band
    """,
    "hosts": f"""
        SELECT h.catalogue, h.catalogue_id, h.ra, h.dec, h.redshift, h.photo_z, h.band, h.mag, h.radius_arcsec,
            h.active, h.why, h.pk_4most IS NOT NULL AS has_key,
            f.state, f.wanted - 'name' AS wanted, f.told - 'name' AS told,
            (SELECT array_agg(t.objects::text || ' ' || n.rank ORDER BY t.objects) FROM ({TARGET}) AS t
                JOIN tides.host_candidate AS n USING (tides_id) WHERE n.host_id = h.tides_id) AS of_targets
        FROM tides.tides_hosts AS h LEFT JOIN tides.fourmost_target AS f ON f.id = h.tides_id
        ORDER BY h.catalogue, h.catalogue_id
    """,
    "listed": """
        SELECT l.list, l.entry, l.band, l.mag, l.epochs, l.cadence_days, l.removed_at IS NULL AS stands, m.ra, m.dec,
            m.template, m.reachable, m.active, m.why, m.pk_4most IS NOT NULL AS has_key,
            f.state, f.wanted - 'name' AS wanted, f.told - 'name' AS told
        FROM tides.listed AS l JOIN tides.tides_master AS m USING (tides_id)
        LEFT JOIN tides.fourmost_target AS f ON f.id = l.tides_id
        ORDER BY l.list, l.entry
    """,
    "told": f"""
        SELECT t.objects, f.state, f.wanted - 'name' - 'date_latest' AS wanted, f.told - 'name' - 'date_latest' AS told,
            f.problem, f.refusal, f.sending_since IS NOT NULL AS under_way
        FROM ({TARGET}) AS t JOIN tides.fourmost_target AS f ON f.id = t.tides_id ORDER BY t.objects
    """,
}


def dump(database_url: str, rows_at_4most: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """The state of a database and of the stand-in's list, as plain values that can be compared."""
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        state = {part: connection.execute(query).fetchall() for part, query in PARTS.items()}  # type: ignore[arg-type]
        objects = {
            row["pk"]: row["objects"]
            for row in connection.execute(
                f"SELECT k.pk, t.objects FROM ({TARGET}) AS t JOIN tides.fourmost_key AS k ON k.id = t.tides_id"
            )
        }
    private = {"id", "name", "date_latest", "date_submitted", "date_modified", "owner_id", "owner"}
    state["4MOST"] = sorted(
        ({"objects": objects.get(r["id"]), **{k: v for k, v in r.items() if k not in private}} for r in rows_at_4most),
        key=str,
    )
    return state


def differences(one: dict[str, list[Any]], other: dict[str, list[Any]]) -> list[str]:
    """Where two dumps differ, in words; empty when they are equal."""
    found = []
    for part in one:
        left, right = ({str(row) for row in state[part]} for state in (one, other))
        found += [f"{part}: only in the first: {row[:1500]}" for row in sorted(left - right)]
        found += [f"{part}: only in the second: {row[:1500]}" for row in sorted(right - left)]
        if len(one[part]) != len(other[part]):
            found.append(f"{part}: {len(one[part])} rows and {len(other[part])} rows")
    return found
