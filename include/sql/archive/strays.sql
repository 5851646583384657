-- In: a radius (arcsec), and the cells of each survey's grid that a circle of it touches around each row at 4MOST that this
-- database does not know. Out: a row each, with the object of a stream that lies there, the nearest first, whether that
-- waits to be judged or was set aside, and the target that it is, if any. Reads only.
SELECT
    s.pk, s.name, s.survey_id, s.ra, s.dec,
    o.stream, o.survey, o.object_id, o.waiting, o.set_aside,
    m.name AS target
FROM tides.fourmost_stray AS s
LEFT JOIN LATERAL (
    SELECT c.stream, c.survey, c.object_id, c.waiting, c.problem IS NOT NULL AND NOT c.waiting AS set_aside
    FROM jsonb_to_recordset(%(cells)s::jsonb) AS t (pk bigint, survey text, cell integer)
    JOIN tides.candidate AS c ON c.lane = 'live' AND (c.survey, c.cell) = (t.survey, t.cell)
    WHERE t.pk = s.pk
        AND tides.separation_arcsec(c.ra, c.dec, s.ra, s.dec) <= %(radius_arcsec)s::double precision
    ORDER BY tides.separation_arcsec(c.ra, c.dec, s.ra, s.dec), c.survey, c.object_id
    LIMIT 1
) AS o ON true
LEFT JOIN tides.tides_alias AS a USING (survey, object_id)
LEFT JOIN tides.tides_master AS m USING (tides_id)
ORDER BY s.pk;
