-- Rows at 4MOST that we did not know, at the place of a target of ours that was never sent: it may be the same, named
-- anew after a restore.
SELECT DISTINCT s.pk, s.name
FROM tides.fourmost_stray AS s
JOIN tides.tides_master AS m
    ON m.dec BETWEEN s.dec - %(radius_arcsec)s::double precision / 3600
        AND s.dec + %(radius_arcsec)s::double precision / 3600
WHERE tides.separation_arcsec(m.ra, m.dec, s.ra, s.dec) <= %(radius_arcsec)s::double precision
    AND m.merged_into IS NULL
    AND NOT EXISTS (SELECT FROM tides.fourmost_key AS k WHERE (k.kind, k.id) = ('sn', m.tides_id))
ORDER BY s.pk;
