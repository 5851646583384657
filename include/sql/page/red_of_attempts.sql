-- In: a run by its own id or Airflow's, and a DAG ('': any). Out: the red tasks of its attempts.
SELECT a.dag_id, t.run_id, t.failed_at, t.task_id, t.map_index, t.label, t.fault, t.error
FROM tides.run_task AS t
JOIN tides.run_attempt AS a USING (run_id)
WHERE (a.dag_run_id = %(run)s OR a.run_id = %(run)s)
    AND (%(dag)s = '' OR a.dag_id IS NULL OR a.dag_id = %(dag)s)
    AND t.fault IS NOT NULL
ORDER BY t.run_id, t.task_id, t.map_index;
