-- In: a target, how many at most. Out: its newest verdicts, the oldest of them first: by which version of which function,
-- on which light curve, in which run, by which code.
SELECT *
FROM (
    SELECT
        s.selection_id, s.judged_at, s.survey, s.object_id, s.function, s.function_hash, s.passed, s.passes_now,
        CASE WHEN NOT coalesce(s.passes_now, s.passed) THEN
            (SELECT string_agg(c ->> 'name', ', ') FROM jsonb_array_elements(s.criteria) AS c
                WHERE c ->> 'held' = 'false')
        END AS failed,
        s.trigger_jd, s.detections, s.input_hash, s.selection_epoch_id, s.lane, s.run_id, s.code_version, s.merged_at
    FROM tides.verdict AS s
    JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (s.survey, s.object_id)
    WHERE a.tides_id = %(tides_id)s
    ORDER BY s.selection_id DESC
    LIMIT %(newest)s
) AS newest
ORDER BY selection_id;
