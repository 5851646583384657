-- A part of statements on decisions `d`: the name `m` of what each is on, and of the targets `t` that a place meets, some.
LEFT JOIN LATERAL (SELECT name FROM tides.target WHERE tides_id = d.tides_id OFFSET 0) AS m ON true
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(s.name ORDER BY s.name), '{}') AS targets
    FROM (
        SELECT t.name
        FROM tides.target AS t
        WHERE t.dec BETWEEN d.dec - d.radius_arcsec / 3600 AND d.dec + d.radius_arcsec / 3600
            AND tides.separation_arcsec(t.ra, t.dec, d.ra, d.dec) <= d.radius_arcsec
            AND t.name IS NOT NULL
        LIMIT %(met)s
    ) AS s
) AS t
