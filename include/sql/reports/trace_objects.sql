-- In: a target. Out: the surveys' objects that it is, with their alerts and light curves.
SELECT
    a.survey, a.object_id, c.stream, c.messages, c.known_at AS newest_alert, c.origin, c.waiting,
    l.source AS light_curve, l.detections, l.nights, a.first_jd, a.last_jd
FROM tides.tides_alias AS a
LEFT JOIN tides.candidate AS c ON (c.lane, c.survey, c.object_id) = ('live', a.survey, a.object_id)
LEFT JOIN tides.light_curve AS l ON (l.lane, l.survey, l.object_id) = ('live', a.survey, a.object_id)
WHERE a.tides_id = %(tides_id)s
ORDER BY a.survey, a.object_id, c.stream;
