"""A database as after years of operation, and an hour's news for it: rows made by SQL, without a broker."""

from tests.bridge import LIVE as LIVE_RUN
from tests.bridge import Bridge
from tides.evaluation.epochs import open_epochs

FILL = (
    # Each target has one object, which was seen long ago; the newest are live. Those of the last nights came hourly.
    "INSERT INTO tides.tides_master (name, ra, dec, position_survey, reachable, template, active, why, active_since,"
    " jdmin, jdmax, sherlock_class, hosts_asked_at, created, updated)"
    " SELECT tides.target_name('TiDES', 2020 + n / 400000, n %% 400000), n * 360.0 / %(targets)s,"
    " -60 + 50.0 * (n %% 997) / 997, 'lsst', true, 'tides-sn', n >= %(targets)s - %(live)s,"
    " CASE WHEN n >= %(targets)s - %(live)s THEN 'live' ELSE 'unobserved' END::tides.why,"
    " CASE WHEN n >= %(targets)s - %(live)s THEN now() END, d.jd - 30, d.jd, 'SN', d.at, d.at, d.at"
    " FROM generate_series(0, %(targets)s - 1) AS n"
    " CROSS JOIN LATERAL (SELECT CASE"
    " WHEN n >= %(targets)s - %(recent)s THEN (%(targets)s - n) * interval '1 h' / %(an_hour)s"
    " WHEN n >= %(targets)s - %(live)s THEN interval '1 d'"
    " ELSE interval '200 d' + n * interval '1 min' END AS ago) AS a"
    " CROSS JOIN LATERAL (SELECT now() - a.ago AS at, tides.jd_utc(now() - a.ago) AS jd) AS d",
    "INSERT INTO tides.stream_offset (lane, stream, partition, next_offset, caught_up_at)"
    " SELECT 'live', s, 0, 1000, now() FROM unnest('{lsst,ztf}'::text[]) AS s",
    "CREATE TEMPORARY TABLE made AS SELECT tides_id, name, ra, dec, active, jdmin, jdmax, (1000000000 + o)::text AS"
    " object_id, now() - created AS ago, o = 0 AS own FROM tides.tides_master CROSS JOIN LATERAL"
    " (VALUES (tides_id), (tides_id + 100000000)) AS v (o)",
    "UPDATE made SET own = object_id::bigint < 1100000000",
    "INSERT INTO tides.tides_alias (survey, object_id, tides_id, ra, dec, cell, first_jd, last_jd, seen_jd, known_at)"
    " SELECT 'lsst', object_id, tides_id, ra, dec, 1, jdmin, jdmax, jdmax, now() - ago FROM made WHERE own",
    # Two candidates a target: its own object, and one that was never selected.
    "INSERT INTO tides.candidate (lane, stream, object_id, survey, alert, alert_hash, known_at, ra, dec,"
    " first_jd, last_jd, detections, sherlock_class, bands, messages, waiting, said_at, cell)"
    " SELECT 'live', 'lsst', object_id, 'lsst', jsonb_build_object('diaObjectId', object_id), sha256(object_id::bytea),"
    " now() - ago, ra, dec, jdmin, jdmax, 12, 'SN', '{}', 9, false, now() - ago, object_id::bigint %% 12288 FROM made",
    "INSERT INTO tides.light_curve (lane, survey, object_id, raw, hash, source, alert_hash, stored_at,"
    " detections, nights,"
    " first_jd, last_jd, bands)"
    " SELECT 'live', 'lsst', object_id, ''::bytea, sha256(object_id::bytea), 'message', sha256(object_id::bytea),"
    " now() - ago, 12, 5, jdmin, jdmax, jsonb_build_object('r', jsonb_build_object('newest', x, 'current', x))"
    " FROM made"
    " CROSS JOIN LATERAL (SELECT jsonb_build_object('jd', jdmax, 'mag', 21, 'err', 0.05) AS x) AS b",
    # Ten verdicts each, by the function in use; those of the target's own object passed.
    "INSERT INTO tides.selection (lane, stream, survey, object_id, function, function_hash, input_hash, passed,"
    " criteria, trigger_jd, trigger_known,"
    " detections, first_jd, last_jd, code_version, run_id, judged_at, merged_at, passes_now)"
    " SELECT 'live', 'lsst', 'lsst', object_id, %(function)s, %(hash)s, n::text, own, '[]', CASE WHEN own THEN"
    " jdmin END, CASE WHEN own THEN now() - ago - object_id::bigint %% 60 * interval '1 min' END,"
    " 12, jdmin, jdmax, 'code', 'run', now() - ago, now() - ago, own FROM made, generate_series(1, 5) AS n",
    "INSERT INTO tides.target_band (tides_id, survey, band, newest_jd, newest_mag, newest_err, current_jd, current_mag,"
    " current_err, brightest_jd, brightest_mag) SELECT tides_id, 'lsst', b, jdmax, 21, 0.05, jdmax, 21, 0.05, jdmax, 21"
    " FROM made, unnest('{g,r}'::text[]) AS b WHERE own",
    "INSERT INTO tides.fourmost_target (id, name, state, wanted, told, told_at)"
    " SELECT tides_id, name, CASE WHEN active THEN 'live' ELSE 'inactive' END, row, row, now() - ago FROM made"
    " CROSS JOIN LATERAL (SELECT jsonb_build_object('name', name, 'is_active', active, 'padding', repeat('x', 700)))"
    " AS w (row) WHERE own",
    # Its trigger would have all of them created now.
    "ALTER TABLE tides.fourmost_key DISABLE TRIGGER note_created",
    "INSERT INTO tides.fourmost_key (pk, id, name, status, learnt_how, learnt_at)"
    " SELECT tides_id, tides_id, name, 'current', 'create', now() - ago FROM made WHERE own",
    "ALTER TABLE tides.fourmost_key ENABLE TRIGGER note_created",
    # Created at 4MOST two hours later, and off when the newest had taken its place.
    "INSERT INTO tides.tides_history (tides_id, step, reason, by, at)"
    " SELECT tides_id, s, 'history', 'bench', now() - ago + after FROM made CROSS JOIN (VALUES"
    " ('selected', interval '0'), ('created', interval '2 h'),"
    " ('deactivated', greatest(%(live)s, 1) * interval '1 h' / %(an_hour)s)) AS v (s, after)"
    " WHERE own AND after < ago AND NOT (active AND s = 'deactivated') ORDER BY after - ago",
)

NEWS = (
    # One verdict in ten selects a new object, one in ten says again what it said of a live target; the others fail.
    "CREATE TEMPORARY TABLE news ON COMMIT DROP AS"
    " SELECT n, n < %(targets)s AS passed, a.object_id IS NOT NULL AS again,"
    " coalesce(a.object_id, (3000000000 + n)::text) AS object_id, coalesce(a.ra, n * 360.0 / %(verdicts)s) AS ra,"
    " coalesce(a.dec, -63 + n / 1000.0) AS dec, tides.jd_utc(now()) AS jd"
    " FROM generate_series(0, %(verdicts)s - 1) AS n"
    " LEFT JOIN (SELECT object_id, a.ra, a.dec, row_number() OVER (ORDER BY object_id) AS at"
    " FROM tides.tides_alias AS a JOIN tides.tides_master AS m USING (tides_id) WHERE m.active) AS a"
    " ON a.at = n - %(targets)s + 1 AND a.at <= %(targets)s",
    "INSERT INTO tides.candidate AS c (lane, stream, object_id, survey, alert, alert_hash, known_at, ra, dec,"
    " first_jd, last_jd, detections, sherlock_class, bands, messages, waiting, said_at, cell)"
    " SELECT 'live', 'lsst', object_id, 'lsst', jsonb_build_object('diaObjectId', object_id), sha256(object_id::bytea),"
    " now(), ra, dec, jd - 5, jd, 12, 'SN', '{}', 1, false, now(), 1 FROM news"
    " ON CONFLICT (lane, stream, object_id) DO UPDATE SET known_at = now(), last_jd = excluded.last_jd,"
    " messages = c.messages + 1",
    "INSERT INTO tides.light_curve (lane, survey, object_id, raw, hash, source, alert_hash, stored_at, detections,"
    " nights, first_jd, last_jd, bands)"
    " SELECT 'live', 'lsst', object_id, ''::bytea, sha256(object_id::bytea), 'message', sha256(object_id::bytea),"
    " now(), 12, 5, jd - 5, jd, jsonb_build_object('r', jsonb_build_object('newest', x, 'current', x)) FROM news"
    " CROSS JOIN LATERAL (SELECT jsonb_build_object('jd', jd, 'mag', %(mag)s::real, 'err', 0.05) AS x) AS b"
    " ON CONFLICT (lane, survey, object_id) DO UPDATE SET stored_at = now(), last_jd = excluded.last_jd,"
    " bands = excluded.bands",
    "INSERT INTO tides.selection (lane, stream, survey, object_id, function, function_hash, input_hash, passed,"
    " criteria, trigger_jd, detections, first_jd, last_jd, code_version, run_id, passes_now)"
    " SELECT 'live', 'lsst', 'lsst', object_id, %(function)s, %(hash)s, 'news', passed OR again, '[]',"
    " CASE WHEN passed OR again THEN jd - 5 END, 12, jd - 5, jd, 'code', 'run-1', passed OR again FROM news",
)


AN_HOUR = 200
"""So many new targets an hour in the last nights."""


def fill(bridge: Bridge, targets: int, live: int, recent: int = 0) -> None:
    """So many targets with all that belongs to them, of which the newest are live. So many are of the last nights."""
    given = {**_function(bridge), "targets": targets, "live": live, "recent": recent, "an_hour": AN_HOUR}
    open_epochs(bridge.connection, LIVE_RUN, bridge.settings, bridge.functions)
    with bridge.connection.transaction():
        # A slow machine may take long.
        bridge.connection.execute("SET LOCAL statement_timeout = 0")
        for statement in FILL:
            bridge.connection.execute(statement, given)


def news(bridge: Bridge, verdicts: int, targets: int, mag: float = 21) -> None:
    """The verdicts of an hour, not merged yet: so many select new objects, and as many live ones again.

    All are as bright as `mag` (AB) now.
    """
    with bridge.connection.transaction():
        for statement in NEWS:
            bridge.connection.execute(
                statement, {**_function(bridge), "verdicts": verdicts, "targets": targets, "mag": mag}
            )


def _function(bridge: Bridge) -> dict[str, str]:
    function = bridge.functions["tidesSNLSST"]
    return {"function": function.name, "hash": function.hash}
