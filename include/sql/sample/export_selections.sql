-- In: a time. Out: of each object of a target, function and hash the first verdict that passed by then. Reads only.
SELECT
    t.name, t.tides_id, s.survey, s.object_id, s.stream, s.function, s.function_hash,
    s.selection_epoch_id AS epoch, s.control, s.trigger_jd, s.trigger_known, s.judged_at, s.context_until_jd,
    s.detections, s.lane, s.code_version, s.input_hash
FROM (
    SELECT DISTINCT ON (v.survey, v.object_id, v.function, v.function_hash, v.stream) v.*
    FROM tides.selection AS v
    WHERE v.passed AND v.judged_at <= %(as_of)s AND v.lane NOT LIKE 'dry/%%'
    ORDER BY v.survey, v.object_id, v.function, v.function_hash, v.stream, v.selection_id
) AS s
JOIN tides.past_at('tides_alias', %(as_of)s) AS a
    ON a.key = jsonb_build_object('survey', s.survey, 'object_id', s.object_id)
JOIN tides.target_at(%(as_of)s) AS t ON t.tides_id = (a.content ->> 'tides_id')::integer
ORDER BY t.tides_id, s.selection_id;
