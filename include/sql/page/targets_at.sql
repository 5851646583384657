-- In: a place, and how many. Out: the targets and hosts that lie in it, as a decision on the place meets them.
SELECT t.tides_id
FROM tides.target AS t
WHERE t.dec BETWEEN %(dec)s - %(radius_arcsec)s / 3600.0 AND %(dec)s + %(radius_arcsec)s / 3600.0
    AND tides.separation_arcsec(t.ra, t.dec, %(ra)s, %(dec)s) <= %(radius_arcsec)s
ORDER BY t.tides_id
LIMIT %(most)s;
