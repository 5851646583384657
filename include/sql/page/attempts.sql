-- In: a run by its own id or Airflow's, and a DAG ('': any). Out: its attempts, the newest first, with their reports.
SELECT a.run_id, a.lane, a.started_at, b.ended_at, b.good, b.airflow_state, b.report, b.code_version
FROM tides.run_attempt AS a
LEFT JOIN tides.bridge_run AS b USING (run_id)
WHERE (a.dag_run_id = %(run)s OR a.run_id = %(run)s)
    AND (%(dag)s = '' OR a.dag_id IS NULL OR a.dag_id = %(dag)s)
ORDER BY a.started_at DESC;
