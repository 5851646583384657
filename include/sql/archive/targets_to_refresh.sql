-- In: a stream. Out: the objects of its survey that are targets and active, or not for long: inactive ones that have not
-- changed for some time are left alone. An object that several streams brought is asked for by the newest; one that none
-- brought (a replay added it) by the survey's first. One that Lasair failed at rests. Reads only.
WITH target AS (
    SELECT tides_id FROM tides.tides_master WHERE active
    UNION
    SELECT tides_id
    FROM tides.tides_master
    WHERE updated > now() - make_interval(secs => 86400 * %(refresh_days)s::double precision)
)
SELECT a.object_id
FROM target AS m
JOIN tides.tides_alias AS a USING (tides_id)
LEFT JOIN LATERAL (
    SELECT c.stream
    FROM tides.candidate AS c
    WHERE (c.lane, c.survey, c.object_id) = ('live', a.survey, a.object_id)
    ORDER BY c.known_at DESC, c.stream
    LIMIT 1
) AS brought ON true
WHERE a.survey = %(survey)s
    AND coalesce(brought.stream, %(first)s) = %(stream)s
    AND NOT EXISTS (
        SELECT FROM tides.lasair_rests AS r WHERE (r.survey, r.object_id, r.call) = (a.survey, a.object_id, 'row')
    )
ORDER BY a.object_id;
