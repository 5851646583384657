-- In: verdicts as JSON, in one parameter; the forms of their criteria, which are kept already, each verdict with the
-- place of its own. The same content is judged once: a stored verdict stays. It is merged again,
-- since the broker's word may have come back to what it was, or have changed in a column that no function reads. Out:
-- those that are stored or merged again, each with its number and whether it is new.
INSERT INTO tides.selection AS s (
    lane, stream, survey, object_id, function, function_hash, input_hash, as_of, passed, passes_now, context_until_jd, control,
    form_id, found, trigger_jd, trigger_known, detections, first_jd, last_jd, code_version, run_id, judged_at, selection_epoch_id
)
SELECT
    %(lane)s, %(stream)s, %(survey)s, v.object_id, v.function, v.function_hash, v.input_hash,
    %(as_of)s::timestamptz, v.passed, v.passes_now, v.context_until_jd, v.control, k.form_id, v.found, v.trigger_jd, v.trigger_known,
    v.detections, v.first_jd, v.last_jd, v.code_version, %(run_id)s, now(),
    (SELECT max(selection_epoch_id) FROM tides.selection_epoch)
FROM jsonb_to_recordset(%(verdicts)s::jsonb) AS v (
    object_id text, function text, function_hash text, input_hash text, passed boolean, passes_now boolean,
    context_until_jd double precision, control boolean, form integer, found json, trigger_jd double precision, trigger_known timestamptz, detections integer,
    first_jd double precision, last_jd double precision, code_version text
)
LEFT JOIN (
    SELECT g.n, f.form_id
    FROM unnest(%(forms)s::text[]) WITH ORDINALITY AS g (form, n)
    JOIN tides.criteria_form AS f ON f.hash = sha256(convert_to(g.form, 'UTF8'))
) AS k ON k.n = v.form
ORDER BY v.object_id, v.function
ON CONFLICT (lane, survey, object_id, function, function_hash, input_hash, as_of) DO UPDATE
SET merged_at = NULL
WHERE s.merged_at IS NOT NULL
RETURNING s.selection_id, s.object_id, s.function, s.xmax = 0 AS is_new;
