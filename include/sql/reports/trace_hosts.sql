-- In: a target or a host. Out: the galaxies that may be the target's host, or the targets whose host the galaxy may be.
SELECT
    m.name AS target, n.rank, h.name AS host, h.catalogue, h.catalogue_id, n.separation_arcsec, h.redshift, h.photo_z,
    h.band, h.mag, r.words AS reason, h.pk_4most
FROM tides.host_candidate AS n
JOIN tides.tides_master AS m USING (tides_id)
JOIN tides.tides_hosts AS h ON h.tides_id = n.host_id
JOIN tides.reason_in_words AS r ON r.tides_id = n.host_id
WHERE %(tides_id)s IN (n.tides_id, n.host_id)
ORDER BY n.tides_id, n.rank;
