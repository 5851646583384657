-- The sessions that the session `pid` waits for, and those of other `migrate`s at work in this database.
-- Another role's query_start is NULL without pg_read_all_stats.
SELECT a.pid, a.application_name, a.usename AS role, a.query_start, a.application_name LIKE '%%-migrate' AS migrates
FROM pg_stat_activity AS a
WHERE a.pid = ANY (pg_blocking_pids(%(pid)s))
    OR (a.datname = current_database() AND a.application_name LIKE '%%-migrate' AND a.pid <> %(pid)s
        -- A `migrate` rests for seconds between two tries. A pooler keeps idle sessions for longer.
        AND (a.state <> 'idle' OR a.state_change > now() - interval '30 seconds'))
ORDER BY a.pid;
