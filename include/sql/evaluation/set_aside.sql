-- In: objects that could not be judged, each with a reason. They wait for the next run, until they have failed too
-- often: then each becomes a dead letter, and a newer alert wakes it (or wake_failed.sql). Returns how many are set aside
-- for the first time since their newest alert, and which became dead letters.
WITH problem AS (
    SELECT *
    FROM jsonb_to_recordset(%(problems)s::jsonb) AS p (object_id text, reason text)
), tried AS (
    UPDATE tides.candidate AS c
    SET attempts = c.attempts + 1,
        problem = p.reason,
        waiting = c.attempts + 1 < %(attempts)s
    FROM problem AS p
    WHERE c.lane = %(lane)s
        AND c.stream = %(stream)s
        AND c.object_id = p.object_id
        AND c.waiting
    RETURNING c.lane, c.stream, c.object_id, c.problem, c.waiting, c.attempts
), buried AS (
    INSERT INTO tides.dead_letter (lane, stream, kind, object_id, reason)
    SELECT lane, stream, 'object', object_id, problem
    FROM tried
    WHERE NOT waiting
    ORDER BY object_id
    ON CONFLICT (lane, stream, object_id) WHERE kind = 'object' DO UPDATE
    SET reason = excluded.reason,
        buried_at = now()
)
SELECT
    count(*) FILTER (WHERE attempts = 1) AS n,
    coalesce(array_agg(object_id ORDER BY object_id) FILTER (WHERE NOT waiting), '{}') AS buried
FROM tried;
