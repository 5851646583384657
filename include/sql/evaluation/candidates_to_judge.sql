-- The candidates of a chunk that still wait, with the columns of their alert, and what the broker said when the live lane
-- first judged them. Of one that a person freed, what is known is known now.
SELECT
    c.object_id, c.alert, c.alert_hash, CASE WHEN c.known_at = 'epoch' THEN now() ELSE c.known_at END AS known_at,
    c.last_jd, c.detections, c.bands, c.ra, c.dec, c.sherlock_class, coalesce(l.contexts, c.contexts) AS contexts
FROM tides.candidate AS c
LEFT JOIN tides.candidate AS l
    ON (l.lane, l.survey, l.object_id, l.stream) = ('live', c.survey, c.object_id, c.stream)
WHERE c.lane = %(lane)s
    AND c.stream = %(stream)s
    AND c.object_id = ANY (%(ids)s)
    AND c.waiting
ORDER BY c.object_id;
