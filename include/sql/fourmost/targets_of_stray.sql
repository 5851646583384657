-- In: a row of 4MOST whose key we do not know: its name, its position. Out: the targets of ours that it may be, by name,
-- else by place and kind; each with its current key at 4MOST and whether anything was ever sent of it.
SELECT
    m.tides_id, m.kind, m.name, m.ra, m.dec, m.template, m.active, k.pk,
    m.name = %(name)s AS by_name,
    tides.separation_arcsec(m.ra, m.dec, %(ra)s::double precision, %(dec)s::double precision) AS separation_arcsec,
    f.sending_since IS NOT NULL AS under_way,
    k.pk IS NULL AND f.told IS NULL AND f.sending_since IS NULL AND coalesce(f.attempt, 0) = 0 AND NOT EXISTS (
        SELECT FROM tides.fourmost_key AS o WHERE o.id = m.tides_id
    ) AS never_sent
FROM tides.target AS m
LEFT JOIN tides.fourmost_target AS f ON f.id = m.tides_id
LEFT JOIN tides.fourmost_key AS k ON (k.id, k.status) = (m.tides_id, 'current')
WHERE m.name = %(name)s
    OR m.kind = %(kind)s
        AND m.name IS NOT NULL
        AND m.merged_into IS NULL
        AND m.dec BETWEEN %(dec)s::double precision - %(radius_arcsec)s::double precision / 3600
            AND %(dec)s::double precision + %(radius_arcsec)s::double precision / 3600
        AND tides.separation_arcsec(m.ra, m.dec, %(ra)s::double precision, %(dec)s::double precision)
            <= %(radius_arcsec)s::double precision
ORDER BY m.name = %(name)s DESC, separation_arcsec, m.tides_id;
