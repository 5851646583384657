-- What the functions select (tides.functions_asked): a row an object and function, also several, with the target that the
-- object is, if any; `of_targets`: of these targets alone. `to_judge`: a former content of the function selects the object,
-- and no verdict of a later content is known. So an edit switches nothing off before the edited function has judged it. The
-- transaction may ask further verdicts (tides.asked): they count as the newest.
CREATE OR REPLACE FUNCTION tides.selected_object(of_targets integer[] DEFAULT NULL)
    RETURNS TABLE (
        tides_id integer, survey text, object_id text, stream text, function text, rank integer, target text,
        spectra integer, trigger_jd double precision, to_judge boolean
    )
    LANGUAGE sql STABLE AS $$
SELECT a.tides_id, s.survey, s.object_id, s.stream, s.function, u.rank, u.target, u.spectra, s.trigger_jd, false
FROM tides.functions_asked() AS u
JOIN tides.selection AS s ON (s.function, s.function_hash) = (u.name, u.hash) AND s.stream = u.stream
LEFT JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (s.survey, s.object_id)
WHERE s.passed AND s.merged_at IS NOT NULL
    AND (of_targets IS NULL OR a.tides_id = ANY (of_targets))
UNION ALL
SELECT a.tides_id, s.survey, s.object_id, s.stream, s.function, u.rank, u.target, u.spectra, s.trigger_jd, true
FROM tides.functions_asked() AS u
JOIN tides.selection AS s ON s.function = u.name AND s.function_hash <> u.hash AND s.stream = u.stream
LEFT JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (s.survey, s.object_id)
WHERE s.passed AND s.merged_at IS NOT NULL
    AND (of_targets IS NULL OR a.tides_id = ANY (of_targets))
    AND NOT EXISTS (
        -- a verdict that comes again is merged again, so that merged_at is when it was last given
        SELECT FROM tides.selection AS n
        WHERE n.lane = 'live'
            AND (n.survey, n.object_id, n.function, n.stream) = (s.survey, s.object_id, s.function, s.stream)
            AND n.function_hash <> s.function_hash
            AND (n.merged_at, n.selection_id) > (s.merged_at, s.selection_id)
    )
    AND NOT EXISTS (
        SELECT FROM jsonb_to_recordset(tides.asked('judged')) AS j (survey text, object_id text, stream text, function text)
        WHERE (j.survey, j.object_id, j.stream, j.function) = (s.survey, s.object_id, s.stream, s.function)
    )
UNION ALL
SELECT a.tides_id, j.survey, j.object_id, j.stream, j.function, u.rank, u.target, u.spectra, j.trigger_jd, false
FROM tides.functions_asked() AS u
JOIN jsonb_to_recordset(tides.asked('judged')) AS j (
    survey text, object_id text, stream text, function text, trigger_jd double precision
) ON (j.stream, j.function) = (u.stream, u.name)
LEFT JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (j.survey, j.object_id)
WHERE j.trigger_jd IS NOT NULL
    AND (of_targets IS NULL OR a.tides_id = ANY (of_targets))
$$;
COMMENT ON FUNCTION tides.selected_object IS 'The objects that functions select, also those that an edited function has still to judge';
