-- In: a survey, positions (ICRS degrees) and their cells. Out: its objects at these positions have them, where they had
-- none. Can be repeated.
WITH given AS (
    SELECT *
    FROM unnest(%(ra)s::double precision[], %(dec)s::double precision[], %(cell)s::integer[]) AS g (ra, dec, cell)
), candidates AS (
    UPDATE tides.candidate AS c
    SET cell = g.cell
    FROM given AS g
    WHERE c.survey = %(survey)s AND c.cell IS NULL AND (c.ra, c.dec) = (g.ra, g.dec)
)
UPDATE tides.tides_alias AS a
SET cell = g.cell
FROM given AS g
WHERE a.survey = %(survey)s AND a.cell IS NULL AND (a.ra, a.dec) = (g.ra, g.dec);
