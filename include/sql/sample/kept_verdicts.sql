-- In: functions, objects or targets' names (null: all). Out: the verdicts whose input is kept, with it, with their
-- function as it was written, and their light curve (zlib). Reads only.
SELECT
    s.selection_id, s.lane, s.survey, s.object_id, s.function, s.function_hash, s.input_hash, s.passed, s.passes_now,
    s.control, s.trigger_jd, s.context_until_jd, s.criteria, s.code_version,
    i.known_until_jd, i.sent_jd, i.columns, i.contexts, c.raw, f.says
FROM tides.selection_input AS i
JOIN tides.verdict AS s USING (selection_id)
JOIN tides.judged_curve AS c ON (c.survey, c.object_id, c.hash) = (i.survey, i.object_id, i.hash)
LEFT JOIN (
    SELECT content ->> 'hash' AS hash, min(content ->> 'says') AS says
    FROM tides.selection_epoch
    WHERE kind = 'function' AND content IS NOT NULL
    GROUP BY content ->> 'hash'
) AS f ON f.hash = s.function_hash
WHERE (%(function)s::text IS NULL OR s.function = %(function)s)
    AND (%(ids)s::text[] IS NULL OR s.object_id = ANY (%(ids)s) OR EXISTS (
        SELECT FROM tides.tides_alias AS a
        JOIN tides.tides_master AS m USING (tides_id)
        WHERE (a.survey, a.object_id) = (s.survey, s.object_id) AND m.name = ANY (%(ids)s)
    ))
ORDER BY s.selection_id;
