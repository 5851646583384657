-- Rows at 4MOST that we did not know, at the place of a target of ours that was never sent: it may be the same, named
-- anew after a restore.
SELECT DISTINCT s.pk, s.name
FROM tides.fourmost_stray AS s
JOIN tides.target AS m
    ON m.dec BETWEEN s.dec - %(radius_arcsec)s::double precision / 3600
        AND s.dec + %(radius_arcsec)s::double precision / 3600
WHERE tides.separation_arcsec(m.ra, m.dec, s.ra, s.dec) <= %(radius_arcsec)s::double precision
    AND m.merged_into IS NULL
    AND m.name IS NOT NULL
    AND m.kind = CASE WHEN starts_with(s.name, %(host_prefix)s) THEN 'host' ELSE 'sn' END
    AND NOT EXISTS (SELECT FROM tides.fourmost_key AS k WHERE k.id = m.tides_id)
ORDER BY s.pk;
