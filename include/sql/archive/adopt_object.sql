-- In: an object that was judged and that no function selects, while 4MOST has a row at its place that we do not know. Out: it
-- is a target of this template, with the step `selected`; the live rule then says what becomes of it. Under the master
-- lock. A repeat finds that it is a target, and changes nothing.
WITH object AS (
    SELECT c.survey, c.object_id, c.ra, c.dec, c.first_jd, c.last_jd
    FROM tides.candidate AS c
    WHERE (c.lane, c.stream, c.object_id) = ('live', %(stream)s, %(object_id)s)
        AND NOT c.waiting
        AND NOT EXISTS (
            SELECT FROM tides.tides_alias AS a WHERE (a.survey, a.object_id) = (c.survey, c.object_id)
        )
), made AS (
    SELECT tides.find_or_create_target(
        survey, object_id, ra, dec, first_jd, last_jd, %(template)s,
        %(prefix)s, %(radius_arcsec)s::double precision, %(days)s::double precision
    ) AS tides_id
    FROM object
)
INSERT INTO tides.tides_history (tides_id, step, reason, by)
SELECT m.tides_id, 'selected', format('4MOST has a row at its place, key %%s: adopted', %(pk)s::bigint), %(by)s
FROM made AS m
WHERE NOT EXISTS (SELECT FROM tides.tides_history AS h WHERE h.tides_id = m.tides_id);
