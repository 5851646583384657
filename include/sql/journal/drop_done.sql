-- In: an attempt, and its task instances that have ended, in which state of Airflow's. Those that Airflow has as well
-- ended lose their row: a person may have marked them so.
DELETE FROM tides.run_task AS t
USING jsonb_to_recordset(%(ended)s::jsonb) AS e (task_id text, map_index integer, state text)
WHERE t.run_id = %(run_id)s
    AND (t.task_id, t.map_index) = (e.task_id, e.map_index)
    AND e.state NOT IN ('failed', 'upstream_failed');
