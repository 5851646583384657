-- The verdicts with every criterion in full, those from before there were forms, too. For readers: the criteria of a row
-- cost more than the rest of it, where they are asked for.
CREATE OR REPLACE VIEW tides.verdict AS
SELECT
    s.selection_id, s.lane, s.stream, s.survey, s.object_id, s.function, s.function_hash, s.input_hash, s.as_of, s.passed,
    s.passes_now, s.context_until_jd, s.control,
    CASE WHEN s.form_id IS NULL THEN s.criteria ELSE tides.criteria_in_full(c.content::jsonb, s.found::jsonb) END AS criteria,
    s.trigger_jd, s.trigger_known, s.detections, s.first_jd, s.last_jd, s.code_version, s.run_id, s.judged_at, s.merged_at,
    s.selection_epoch_id
FROM tides.selection AS s
LEFT JOIN tides.criteria_form AS c USING (form_id);
COMMENT ON VIEW tides.verdict IS 'Verdicts with every criterion in full';
