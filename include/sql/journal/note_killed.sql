-- In: an attempt, and its task instances that have ended, in which state of Airflow's. Out: a row of each failed one that
-- has not noted why; it was killed, or was not begun since others had failed.
INSERT INTO tides.run_task AS t (run_id, task_id, map_index, fault, failed_at)
SELECT
    %(run_id)s, e.task_id, e.map_index, CASE e.state WHEN 'failed' THEN %(killed)s ELSE %(not_begun)s END, now()
FROM jsonb_to_recordset(%(ended)s::jsonb) AS e (task_id text, map_index integer, state text)
WHERE e.state IN ('failed', 'upstream_failed')
ON CONFLICT (run_id, task_id, map_index) DO UPDATE
SET fault = excluded.fault,
    failed_at = excluded.failed_at
WHERE t.fault IS NULL;
