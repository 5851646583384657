-- In: a survey, what Lasair was asked, the objects that it answered for, and those that it failed at, with its words.
-- Out: how often it has failed at each of the latter. Of the former nothing is kept, and their events are closed.
WITH good AS (
    DELETE FROM tides.lasair_failure AS f
    WHERE (f.survey, f.call) = (%(survey)s, %(call)s)
        AND f.object_id = ANY (%(good)s)
    RETURNING f.object_id
), closed AS (
    UPDATE tides.event AS e
    SET closed_at = now()
    FROM good AS g
    WHERE (e.kind, e.subject) = (%(kind)s, format('%%s %%s: %%s', %(survey)s::text, g.object_id, %(call)s::text))
        AND e.closed_at IS NULL
)
INSERT INTO tides.lasair_failure AS f (survey, object_id, call, said)
SELECT %(survey)s, x.object_id, %(call)s, x.said
FROM jsonb_to_recordset(%(failed)s::jsonb) AS x (object_id text, said text)
ORDER BY x.object_id
ON CONFLICT (survey, object_id, call) DO UPDATE
SET failures = f.failures + 1,
    failed_at = now(),
    said = excluded.said
RETURNING f.object_id, f.failures, f.said;
