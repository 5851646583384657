-- In: a stream, the time since which it spoke of an object, how many at most. Out: the objects that stored_objects.sql would
-- give, those first that the stream spoke of last, each with its target and its cell. Reads only.
WITH newest AS (
    SELECT c.survey, c.object_id, c.cell, c.known_at
    FROM tides.candidate AS c
    WHERE c.lane = 'live'
        AND c.stream = %(stream)s
        AND c.known_at >= %(since)s::timestamptz
    ORDER BY c.known_at DESC, c.object_id
    LIMIT %(most)s
), older AS (
    SELECT c.survey, c.object_id, c.cell, c.known_at
    FROM tides.tides_master AS m
    CROSS JOIN LATERAL (   -- by key, both: few targets are live, and there are many objects
        SELECT * FROM tides.tides_alias WHERE tides_id = m.tides_id OFFSET 0
    ) AS a
    CROSS JOIN LATERAL (
        SELECT * FROM tides.candidate WHERE (lane, stream, object_id) = ('live', %(stream)s, a.object_id) OFFSET 0
    ) AS c
    WHERE m.active
        AND c.survey = a.survey
        AND c.known_at < %(since)s::timestamptz
    ORDER BY c.known_at DESC, c.object_id
    LIMIT %(most)s
)
SELECT n.object_id, a.tides_id, coalesce(a.cell, n.cell) AS cell
FROM (SELECT * FROM newest UNION ALL SELECT * FROM older) AS n
LEFT JOIN tides.tides_alias AS a USING (survey, object_id)
ORDER BY n.known_at DESC, n.object_id
LIMIT %(most)s;
