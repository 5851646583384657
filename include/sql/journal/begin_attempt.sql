-- In: a run and when this attempt of it started. Out: its row, and its id; no row when another task was faster. A run
-- that reported before there was this table counts as an attempt.
INSERT INTO tides.run_attempt (
    run_id, dag_run_id, attempt, dag_id, lane, started_at, window_start, window_end, code_version
)
SELECT
    CASE n.attempt WHEN 1 THEN %(run_id)s ELSE %(run_id)s || '#' || n.attempt END,
    %(run_id)s, n.attempt, %(dag_id)s, %(lane)s, %(started_at)s, %(window_start)s, %(window_end)s, %(code_version)s
FROM (
    SELECT 1 + greatest(
        (SELECT max(attempt) FROM tides.run_attempt WHERE dag_run_id = %(run_id)s),
        (SELECT 1 FROM tides.bridge_run WHERE run_id = %(run_id)s AND started_at <> %(started_at)s),
        0
    ) AS attempt
) AS n
ON CONFLICT DO NOTHING
RETURNING run_id;
