-- In: a stream, the time since which it spoke of an object, the object after which to go on, how many. Out: objects of the
-- live lane in order of their ids, with the columns of their newest alert, as candidates_to_judge.sql gives them; also
-- older ones whose target is live. `waiting`: the functions in use have still to judge the alert. Reads only.
SELECT
    c.object_id, c.alert, c.alert_hash, CASE WHEN c.known_at = 'epoch' THEN now() ELSE c.known_at END AS known_at,
    c.last_jd, c.detections, c.bands, c.ra, c.dec, c.sherlock_class, c.contexts, c.waiting, a.tides_id,
    coalesce(a.cell, c.cell) AS cell
FROM tides.candidate AS c
LEFT JOIN tides.tides_alias AS a USING (survey, object_id)
LEFT JOIN tides.tides_master AS m USING (tides_id)
WHERE c.lane = 'live'
    AND c.stream = %(stream)s
    AND c.object_id > %(after)s
    AND (c.known_at >= %(since)s::timestamptz OR m.active)
ORDER BY c.object_id
LIMIT %(most)s;
