-- In: DAGs. Out: one row: when the oldest attempt of theirs started that has no row in bridge_run; NULL: all have one.
SELECT min(a.started_at) AS started_at
FROM tides.run_attempt AS a
WHERE a.dag_id = ANY (%(dags)s)
    AND NOT EXISTS (SELECT FROM tides.bridge_run AS r WHERE r.run_id = a.run_id);
