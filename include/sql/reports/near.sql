-- In: a position (ICRS degrees), a radius (arcsec), and the cells of each survey's grid that the circle touches. Out: every
-- target, host galaxy and survey's object of the live lane within it, the nearest first; of an object the position of its
-- newest alert.
WITH found AS (
    SELECT m.kind, m.tides_id, NULL::text AS survey, NULL::text AS object_id, m.ra, m.dec, NULL::boolean AS waiting,
        NULL::boolean AS set_aside
    FROM tides.target AS m
    WHERE m.dec BETWEEN %(dec)s::double precision - %(radius_arcsec)s::double precision / 3600
        AND %(dec)s::double precision + %(radius_arcsec)s::double precision / 3600
    UNION ALL
    SELECT 'object', a.tides_id, c.survey, c.object_id, c.ra, c.dec, c.waiting, c.problem IS NOT NULL AND NOT c.waiting
    FROM (
        SELECT DISTINCT ON (n.survey, n.object_id) n.*
        FROM (
            SELECT k.*
            FROM jsonb_to_recordset(%(cells)s::jsonb) AS t (survey text, cell integer)
            -- OFFSET 0: each cell is looked up, however the planner guesses their number.
            CROSS JOIN LATERAL (
                SELECT l.survey, l.object_id, l.ra, l.dec, l.known_at, l.waiting, l.problem
                FROM tides.candidate AS l
                WHERE l.lane = 'live' AND (l.survey, l.cell) = (t.survey, t.cell)
                OFFSET 0
            ) AS k
            UNION ALL
            -- What code without cells has stored has none yet.
            SELECT survey, object_id, ra, dec, known_at, waiting, problem
            FROM tides.candidate
            WHERE lane = 'live' AND cell IS NULL
        ) AS n
        WHERE n.dec BETWEEN %(dec)s::double precision - %(radius_arcsec)s::double precision / 3600
            AND %(dec)s::double precision + %(radius_arcsec)s::double precision / 3600
        ORDER BY n.survey, n.object_id, n.known_at DESC
    ) AS c
    LEFT JOIN tides.tides_alias AS a USING (survey, object_id)
)
SELECT
    tides.separation_arcsec(f.ra, f.dec, %(ra)s::double precision, %(dec)s::double precision) AS separation_arcsec,
    f.kind, f.survey, f.object_id, f.ra, f.dec, coalesce(m.name, h.name, h.catalogue || ' ' || h.catalogue_id) AS name,
    coalesce(m.active, h.active) AS live, r.words AS reason, f.waiting, f.set_aside
FROM found AS f
LEFT JOIN tides.tides_master AS m USING (tides_id)
LEFT JOIN tides.tides_hosts AS h USING (tides_id)
LEFT JOIN tides.reason_in_words AS r USING (tides_id)
WHERE tides.separation_arcsec(f.ra, f.dec, %(ra)s::double precision, %(dec)s::double precision)
    <= %(radius_arcsec)s::double precision
ORDER BY separation_arcsec, f.kind DESC, f.survey, f.object_id, f.tides_id;
