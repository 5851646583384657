-- In: a run. Out: its report is to be told, with what its messages hang on; nothing when it was before. A repeat begins none.
WITH new AS (
    INSERT INTO tides.report_told (run_id) VALUES (%(run_id)s)
    ON CONFLICT (run_id) DO NOTHING
    RETURNING run_id
)
INSERT INTO tides.alarm (kind, began_at, ended_at)
SELECT 'report', now(), now() FROM new
RETURNING alarm_id;
