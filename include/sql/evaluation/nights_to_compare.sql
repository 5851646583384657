-- In: how many days to look back, and the least number of objects. Out: the nights of each function in use with so many
-- objects, the newest first. A night counts only under the function's present hash, and after the stream's filter last
-- changed: what changed begins anew.
WITH in_use AS (
    SELECT DISTINCT ON (subject)
        split_part(subject, '/', 1) AS stream,
        split_part(subject, '/', 2) AS function,
        content ->> 'hash' AS function_hash
    FROM tides.selection_epoch
    WHERE kind = 'function'
    ORDER BY subject, selection_epoch_id DESC
), filter_changed AS (
    SELECT e.subject AS stream, max(e.since AT TIME ZONE 'UTC')::date AS day
    FROM tides.selection_epoch AS e
    WHERE e.kind = 'filter'
        -- The first one of a stream is no change.
        AND EXISTS (
            SELECT FROM tides.selection_epoch AS b
            WHERE (b.kind, b.subject) = (e.kind, e.subject) AND b.selection_epoch_id < e.selection_epoch_id
        )
    GROUP BY e.subject
)
SELECT
    r.stream,
    r.function,
    r.function_hash,
    r.night,
    r.judged,
    r.passed,
    r.set_aside,
    r.unusual,
    coalesce((
        SELECT jsonb_object_agg(c.criterion, jsonb_build_array(c.judged, c.failed, c.unknown))
        FROM tides.night_criterion AS c
        WHERE (c.stream, c.night, c.function, c.function_hash) = (r.stream, r.night, r.function, r.function_hash)
    ), '{}') AS criteria
FROM in_use AS u
JOIN tides.night_rate AS r USING (stream, function, function_hash)
LEFT JOIN filter_changed AS f USING (stream)
WHERE r.night >= (now() AT TIME ZONE 'UTC')::date - %(days)s::integer
    AND (f.day IS NULL OR r.night > f.day)
    AND r.judged + r.set_aside >= %(objects_least)s
ORDER BY r.stream, r.function, r.night DESC;
