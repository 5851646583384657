-- In: the lane of a dry run, and the functions in use. Out: each object that passes one of them there, and the target that
-- it is already; those that would be new targets come first.
SELECT
    s.survey,
    s.object_id,
    string_agg(DISTINCT s.function, ', ' ORDER BY s.function) AS functions,
    min(s.trigger_jd) AS trigger_jd,
    t.name AS target
FROM tides.selection AS s
JOIN jsonb_to_recordset(%(functions)s::jsonb) AS u (stream text, name text, hash text)
    ON (u.stream, u.name, u.hash) = (s.stream, s.function, s.function_hash)
LEFT JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (s.survey, s.object_id)
LEFT JOIN tides.tides_master AS t USING (tides_id)
WHERE s.lane = %(lane)s
    AND s.merged_at IS NULL
    AND s.passed
GROUP BY s.survey, s.object_id, t.name
ORDER BY t.name IS NOT NULL, s.survey, s.object_id;
