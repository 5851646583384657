-- In: an attempt, and its task instances that have ended, in which state of Airflow's. Out: a row of each failed one that
-- has none with a fault. One that was begun was killed. One that was not begun in this attempt failed in an earlier one of
-- the run, and stands as it did there. The others were not begun since others had failed.
INSERT INTO tides.run_task AS t (run_id, task_id, map_index, label, fault, error, failed_at)
SELECT
    r.run_id, e.task_id, e.map_index, b.label,
    CASE e.state WHEN 'failed' THEN coalesce(b.fault, %(killed)s) ELSE %(not_begun)s END, b.error, now()
FROM tides.run_attempt AS r
CROSS JOIN jsonb_to_recordset(%(ended)s::jsonb) AS e (task_id text, map_index integer, state text)
LEFT JOIN LATERAL (
    SELECT o.label, o.fault, o.error
    FROM tides.run_attempt AS a
    JOIN tides.run_task AS o USING (run_id)
    WHERE (a.dag_run_id, a.dag_id) = (r.dag_run_id, r.dag_id)
        AND a.attempt < r.attempt
        AND (o.task_id, o.map_index) = (e.task_id, e.map_index)
        AND o.fault IS NOT NULL
    ORDER BY a.attempt DESC
    LIMIT 1
) AS b ON e.state = 'failed'
WHERE r.run_id = %(run_id)s
    AND e.state IN ('failed', 'upstream_failed')
ON CONFLICT (run_id, task_id, map_index) DO UPDATE
SET fault = CASE excluded.fault WHEN %(not_begun)s THEN excluded.fault ELSE %(killed)s END,
    failed_at = excluded.failed_at
WHERE t.fault IS NULL;
