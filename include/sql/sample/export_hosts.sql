-- In: a time. Out: the galaxies that might be the hosts of targets, as known then. Reads only.
SELECT
    t.name, t.tides_id, (c.content ->> 'rank')::integer AS rank,
    (c.content ->> 'separation_arcsec')::double precision AS separation,
    (c.key ->> 'host_id')::integer AS host_id, h.name AS host_name,
    r.catalogue, r.catalogue_id, r.ra, r.dec, r.redshift, r.photo_z, r.band, r.mag, r.mag_err, r.radius_arcsec AS radius,
    r.active AS live, r.why, r.pk_4most, g.date_ingested
FROM tides.past_at('host_candidate', %(as_of)s) AS c
JOIN tides.target_at(%(as_of)s) AS t ON t.tides_id = (c.key ->> 'tides_id')::integer
JOIN tides.target_at(%(as_of)s) AS h ON h.tides_id = (c.key ->> 'host_id')::integer
CROSS JOIN LATERAL jsonb_to_record(h.content) AS r (
    catalogue text, catalogue_id text, ra double precision, dec double precision, redshift double precision,
    photo_z double precision, band text, mag double precision, mag_err double precision,
    radius_arcsec double precision, active boolean, why text, pk_4most bigint
)
LEFT JOIN (
    SELECT key ->> 'id' AS id, (content ->> 'date_ingested')::timestamptz AS date_ingested
    FROM tides.past_at('fourmost_target', %(as_of)s)
) AS g ON g.id = c.key ->> 'host_id'
ORDER BY t.tides_id, rank, host_id;
