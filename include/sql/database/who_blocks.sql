-- The sessions that the session `pid` waits for. Another role's query_start is NULL without pg_read_all_stats.
SELECT DISTINCT a.pid, a.application_name, a.usename AS role, a.query_start
FROM unnest(pg_blocking_pids(%(pid)s)) AS b (pid)
JOIN pg_stat_activity AS a USING (pid)
ORDER BY a.pid;
