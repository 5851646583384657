-- In: a survey's object. Out: each stream that has brought it, by lane, the live one first: its newest alert, how it came,
-- whether it waits or is a dead letter, and the light curve that is stored for it. One that a person freed has no known_at.
SELECT
    c.lane, c.stream, c.messages, c.origin, nullif(c.known_at, 'epoch') AS known_at, c.said_at, c.ra, c.dec,
    tides.galactic_latitude(c.ra, c.dec) AS galactic_latitude,
    c.first_jd, c.last_jd, c.detections, c.sherlock_class, c.waiting, c.waiting_since, c.attempts, c.problem, d.buried_at,
    l.source AS light_curve, l.stored_at, l.detections AS counted, l.nights,
    CASE WHEN jsonb_typeof(c.alert -> 'ebv') = 'number' THEN (c.alert ->> 'ebv')::double precision END AS ebv
FROM tides.candidate AS c
LEFT JOIN tides.dead_letter AS d
    ON (d.lane, d.stream, d.object_id) = (c.lane, c.stream, c.object_id) AND d.kind = 'object'
LEFT JOIN tides.light_curve AS l ON (l.lane, l.survey, l.object_id) = (c.lane, c.survey, c.object_id)
WHERE (c.survey, c.object_id) = (%(survey)s, %(object_id)s)
ORDER BY c.lane <> 'live', c.lane, c.stream;
