-- In: how many. Out: the newest attempts of the bridge's runs that have ended, for the strip of the page.
SELECT run_id, lane, started_at, ended_at, good, airflow_state, coalesce(counts -> 'failed', '[]') AS failed
FROM tides.bridge_run
WHERE lane NOT IN ('reconcile', 'check_objects')
ORDER BY ended_at DESC
LIMIT %(most)s;
