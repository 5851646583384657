-- The fibre hours of each target that 4MOST was told of or shall be: its exposures in dark time (`t_exp_d`, min). A live
-- target asks for the spectra that are still to be made, one at least.
CREATE OR REPLACE VIEW tides.fibre_hours AS
SELECT
    f.id,
    r.row ->> 'subsurvey' AS subsurvey,
    CASE WHEN f.state = 'live' AND f.wanted IS NOT NULL
        THEN h.one * greatest(coalesce(q.epochs, s.spectra, 1) - m.spectra, 1) ELSE 0 END AS asked,
    h.one * m.spectra AS spent
FROM tides.fourmost_target AS f
CROSS JOIN LATERAL (SELECT count(DISTINCT night) AS spectra FROM tides.good_spectrum WHERE tides_id = f.id) AS m
LEFT JOIN tides.listed AS q ON q.tides_id = f.id
LEFT JOIN LATERAL (
    SELECT max(u.spectra) AS spectra
    FROM tides.tides_alias AS a
    JOIN tides.selection AS p USING (survey, object_id)
    JOIN tides.function_in_use AS u ON (u.stream, u.name, u.hash) = (p.stream, p.function, p.function_hash)
    WHERE a.tides_id = f.id
        AND f.state = 'live'
        AND p.passed
        AND u.target = 'live'
        AND EXISTS (SELECT FROM tides.function_in_use AS n WHERE n.spectra > 1)
) AS s ON true
CROSS JOIN LATERAL (SELECT coalesce(f.wanted, f.told, f.before_told) AS row) AS r
CROSS JOIN LATERAL (SELECT (r.row ->> 't_exp_d')::double precision / 60 AS one) AS h
WHERE r.row IS NOT NULL;
COMMENT ON VIEW tides.fibre_hours IS 'Per target the fibre hours in dark time that it asks for and that its good spectra took';
