-- Per stream the candidates that wait for evaluation, and those of them whose light curve has yet to be fetched.
SELECT
    c.stream,
    count(*) AS candidates,
    count(*) FILTER (WHERE l.object_id IS NULL) AS to_fetch
FROM tides.candidate AS c
LEFT JOIN tides.light_curve AS l ON (l.lane, l.survey, l.object_id) = (c.lane, c.survey, c.object_id)
    AND l.alert_hash = c.alert_hash
WHERE c.lane = %(lane)s
    AND c.waiting
GROUP BY c.stream;
