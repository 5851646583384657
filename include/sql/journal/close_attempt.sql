-- In: an attempt that ended without its report, in which state of Airflow's, and the report that another run made. Out:
-- its row and its id; no row where it has one: nothing is overwritten.
INSERT INTO tides.bridge_run (
    run_id, lane, started_at, ended_at, window_start, window_end, good, counts, report, code_version, airflow_state
)
SELECT
    run_id, lane, started_at, now(), window_start, window_end, false, %(counts)s, %(report)s, code_version,
    %(airflow_state)s
FROM tides.run_attempt
WHERE run_id = %(run_id)s
ON CONFLICT (run_id) DO NOTHING
RETURNING run_id;
