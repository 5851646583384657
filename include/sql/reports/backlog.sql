-- Per stream the candidates that wait for evaluation, and those of them whose light curve has yet to be fetched.
SELECT
    c.stream,
    count(*) AS candidates,
    count(*) FILTER (WHERE l.object_id IS NULL) AS to_fetch
FROM tides.candidate AS c
-- OFFSET 0: each is looked up by its id, however the planner guesses their number.
LEFT JOIN LATERAL (
    SELECT k.object_id
    FROM tides.light_curve AS k
    WHERE (k.lane, k.survey, k.object_id) = (c.lane, c.survey, c.object_id)
        AND k.alert_hash = c.alert_hash
    OFFSET 0
) AS l ON true
WHERE c.lane = %(lane)s
    AND c.waiting
GROUP BY c.stream;
