-- In: the newest live run that has ended (NULL: none). Out: its red tasks, and those of the newest run of each other DAG
-- that has had some within two days.
SELECT a.dag_id, t.run_id, t.failed_at, t.task_id, t.map_index, t.label, t.fault, t.error
FROM tides.run_task AS t
JOIN tides.run_attempt AS a USING (run_id)
WHERE t.run_id = %(run)s AND t.fault IS NOT NULL
UNION ALL
SELECT a.dag_id, t.run_id, t.failed_at, t.task_id, t.map_index, t.label, t.fault, t.error
FROM tides.run_task AS t
CROSS JOIN LATERAL (   -- by key: there are few red tasks, and many attempts
    SELECT dag_id, started_at FROM tides.run_attempt WHERE run_id = t.run_id OFFSET 0
) AS a
WHERE t.failed_at > now() - interval '2 days'
    AND a.dag_id <> %(bridge)s
    AND a.started_at = (SELECT max(n.started_at) FROM tides.run_attempt AS n WHERE n.dag_id = a.dag_id)
ORDER BY run_id, task_id, map_index;
