-- In: the lane of a replay, whose candidates are few. Out: of each stream the objects that it has brought, and their states.
-- What the live lane has brought in years is in stream_counts.sql.
SELECT
    c.stream,
    count(*) AS objects,
    count(*) FILTER (WHERE EXISTS (
        SELECT FROM tides.selection AS s WHERE (s.survey, s.object_id) = (c.survey, c.object_id) AND s.passed
    )) AS selected,
    count(*) FILTER (WHERE m.active) AS live,
    count(*) FILTER (WHERE NOT m.reachable) AS unreachable,
    count(*) FILTER (WHERE m.pk_4most IS NOT NULL) AS at_4most
FROM tides.candidate AS c
LEFT JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (c.survey, c.object_id)
LEFT JOIN tides.tides_master AS m USING (tides_id)
WHERE c.lane = %(lane)s
GROUP BY c.stream
ORDER BY c.stream;
