-- In: an attempt, the survey and the function, and what became of each object. A repeated attempt's newest word counts.
INSERT INTO tides.checked_object AS o (
    run_id, object_id, survey, function, function_hash, passed, trigger_jd, passes_now, control, criteria, error
)
SELECT
    %(run_id)s, r.object_id, %(survey)s, %(function)s, %(function_hash)s,
    r.passed, r.trigger_jd, r.passes_now, r.control, r.criteria, r.error
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (
    object_id text, passed boolean, trigger_jd double precision, passes_now boolean, control boolean, criteria jsonb,
    error text
)
ORDER BY r.object_id
ON CONFLICT (run_id, object_id) DO UPDATE
SET (passed, trigger_jd, passes_now, control, criteria, error)
    = (excluded.passed, excluded.trigger_jd, excluded.passes_now, excluded.control, excluded.criteria, excluded.error)
WHERE (o.passed, o.trigger_jd, o.passes_now, o.control, o.criteria, o.error)
    IS DISTINCT FROM (excluded.passed, excluded.trigger_jd, excluded.passes_now, excluded.control, excluded.criteria, excluded.error);
