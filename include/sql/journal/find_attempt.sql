-- In: a run id (Airflow's, or an attempt's own) and when the attempt started. Out: the id of that attempt, or no row.
SELECT run_id
FROM tides.run_attempt
WHERE started_at = %(started_at)s
    AND %(run_id)s IN (run_id, dag_run_id);
