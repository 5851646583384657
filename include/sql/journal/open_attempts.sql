-- In: a DAG, and the attempt that asks. Out: the DAG's other attempts that have no row in bridge_run; `superseded` says
-- that its run has begun anew since.
SELECT
    a.run_id, a.dag_run_id, a.attempt, a.lane, a.started_at,
    EXISTS (
        SELECT FROM tides.run_attempt AS n
        WHERE (n.dag_id, n.dag_run_id) = (a.dag_id, a.dag_run_id) AND n.attempt > a.attempt
    ) AS superseded
FROM tides.run_attempt AS a
WHERE a.dag_id = %(dag_id)s
    AND a.run_id <> %(run_id)s
    AND NOT EXISTS (SELECT FROM tides.bridge_run AS r WHERE r.run_id = a.run_id)
ORDER BY a.started_at;
