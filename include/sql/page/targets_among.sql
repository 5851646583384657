-- In: a filter, by its name in `by`, with what it asks for; at most how many. Out: the targets that may pass it, each with
-- its position. Other filters are not looked at. Each arm but one is false before it runs, and each has an index.
SELECT m.tides_id, m.ra, m.dec, NULL AS key
FROM (
    (
        SELECT tides_id FROM tides.tides_master WHERE %(by)s = 'live' AND active
        ORDER BY tides_id LIMIT %(look)s::integer
    )
    UNION ALL
    (
        SELECT tides_id FROM tides.tides_master WHERE %(by)s = 'new' AND created >= %(new_since)s::timestamptz
        ORDER BY created LIMIT %(look)s::integer
    )
    UNION ALL
    -- No sign of a name or an id comes after z in any order of texts, so this is all that begins so, and hardly more.
    (
        SELECT tides_id FROM tides.tides_master
        WHERE %(by)s = 'begins' AND name BETWEEN %(begins)s::text AND %(begins)s::text || repeat('z', 40)
        ORDER BY name LIMIT %(look)s::integer
    )
    UNION ALL
    SELECT a.tides_id
    FROM tides.survey AS s
    CROSS JOIN LATERAL (
        SELECT tides_id FROM tides.tides_alias AS t
        WHERE t.survey = s.survey AND t.object_id BETWEEN %(begins)s::text AND %(begins)s::text || repeat('z', 40)
        LIMIT %(look)s::integer
    ) AS a
    WHERE %(by)s = 'begins'
    UNION ALL
    SELECT tides_id FROM tides.tides_master
    WHERE %(by)s = 'cone'
        AND dec BETWEEN %(dec)s::double precision - %(radius)s::double precision
            AND %(dec)s::double precision + %(radius)s::double precision
        AND (
            ra BETWEEN %(ra)s::double precision - %(width)s::double precision
                AND %(ra)s::double precision + %(width)s::double precision
            OR ra >= %(ra)s::double precision - %(width)s::double precision + 360
            OR ra <= %(ra)s::double precision + %(width)s::double precision - 360
        )
        AND tides.separation_arcsec(ra, dec, %(ra)s::double precision, %(dec)s::double precision)
            <= %(radius)s::double precision * 3600
    UNION ALL
    SELECT tides_id FROM tides.listed
    WHERE %(by)s = 'list' AND removed_at IS NULL AND (list = %(list)s::text OR %(list)s::text = 'any')
    UNION ALL
    SELECT tides_id FROM tides.current_decision WHERE %(by)s = 'decision' AND verb = %(decision)s::text
    UNION ALL
    SELECT t.target_id
    FROM tides.candidate_visit AS v
    JOIN tides.candidate_visit_target AS t USING (visit_no)
    WHERE %(by)s = 'visit' AND %(visit)s::text IN ('any', v.visit, v.tile, '#' || v.visit_no)
) AS found
CROSS JOIN LATERAL (SELECT * FROM tides.tides_master AS t WHERE t.tides_id = found.tides_id OFFSET 0) AS m
LIMIT %(look)s::integer;
