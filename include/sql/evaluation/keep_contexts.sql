-- In: objects of the live lane, each with what the broker had said when its detections were first judged. Out: it is kept,
-- also where a newer alert came meanwhile. Can be repeated. Rows are locked in order of the key, so two writers do not
-- deadlock.
WITH locked AS (
    SELECT c.object_id, j.contexts
    FROM tides.candidate AS c
    JOIN jsonb_to_recordset(%(kept)s::jsonb) AS j (object_id text, contexts jsonb) USING (object_id)
    WHERE c.lane = 'live'
        AND c.stream = %(stream)s
        AND c.contexts <> j.contexts
    ORDER BY c.object_id
    FOR NO KEY UPDATE OF c
)
UPDATE tides.candidate AS c
SET contexts = l.contexts
FROM locked AS l
WHERE c.lane = 'live'
    AND c.stream = %(stream)s
    AND c.object_id = l.object_id;
