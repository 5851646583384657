-- What a preview is told of a stored object, as candidates_to_judge.sql gives its columns. `waiting`: the functions in use
-- have still to judge the alert. The rest of the statement says which objects: `c` is the candidate, `m` its target.
SELECT
    c.object_id, c.alert, c.alert_hash, CASE WHEN c.known_at = 'epoch' THEN now() ELSE c.known_at END AS known_at,
    c.last_jd, c.detections, c.bands, c.ra, c.dec, c.sherlock_class, c.contexts, c.waiting, a.tides_id,
    coalesce(a.cell, c.cell) AS cell
FROM tides.candidate AS c
LEFT JOIN tides.tides_alias AS a USING (survey, object_id)
LEFT JOIN tides.tides_master AS m USING (tides_id)
