-- In: two nights (evenings at Paranal). Out: how many spectra of targets there are, and how many are good, by night from the
-- first to the last.
SELECT night, s.spectra, coalesce(g.good, 0)::integer AS good
FROM (
    SELECT night, count(*)::integer AS spectra FROM tides.tides_spectrum
    WHERE night BETWEEN %(first)s AND %(last)s GROUP BY night
) AS s
LEFT JOIN (
    SELECT night, count(*) AS good FROM tides.good_spectrum
    WHERE night BETWEEN %(first)s AND %(last)s GROUP BY night
) AS g USING (night)
ORDER BY night;
