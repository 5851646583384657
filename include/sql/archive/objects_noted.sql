-- In: a survey, and the place of the last object (failures, ended, object_id). Out: so many objects after it of which Lasair
-- may have to be told otherwise, in this order: the live ones first, and last what Lasair failed at. These are noted in
-- to_annotate, or have changed since the last hour was judged; `noted_id` says which note.
SELECT n.object_id, n.noted_id, o.failures, o.ended
FROM (
    SELECT object_id, max(noted_id) AS noted_id
    FROM (
        SELECT object_id, noted_id FROM tides.to_annotate WHERE survey = %(survey)s
        UNION ALL
        SELECT a.object_id, NULL
        FROM (SELECT DISTINCT tides_id FROM tides.changed_target) AS c
        CROSS JOIN LATERAL (
            SELECT object_id FROM tides.tides_alias WHERE (tides_id, survey) = (c.tides_id, %(survey)s) OFFSET 0
        ) AS a
    ) AS either
    GROUP BY object_id
) AS n
LEFT JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (%(survey)s, n.object_id)
LEFT JOIN tides.tides_master AS m USING (tides_id)
LEFT JOIN tides.lasair_failure AS f ON (f.survey, f.object_id, f.call) = (%(survey)s, n.object_id, 'annotation')
CROSS JOIN LATERAL (SELECT coalesce(f.failures, 0) AS failures, m.active IS NOT TRUE AS ended) AS o
WHERE (o.failures, o.ended, n.object_id) > (%(failures)s, %(ended)s, %(object_id)s)
ORDER BY o.failures, o.ended, n.object_id
LIMIT %(most)s;
