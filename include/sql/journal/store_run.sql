-- One row an attempt of a run, for the survey's five years. Only its own report, made once more, writes it again.
INSERT INTO tides.bridge_run AS r (
    run_id, lane, started_at, ended_at, window_start, window_end, good, counts, report, code_version
)
VALUES (
    %(run_id)s, %(lane)s, %(started_at)s, now(), %(window_start)s, %(window_end)s, %(good)s, %(counts)s, %(report)s,
    %(code_version)s
)
ON CONFLICT (run_id) DO UPDATE
SET ended_at = excluded.ended_at,
    good = excluded.good,
    counts = excluded.counts,
    report = excluded.report,
    code_version = excluded.code_version,
    airflow_state = NULL;
