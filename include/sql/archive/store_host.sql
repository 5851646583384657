-- In: a target, one galaxy that may be its host, with its rank and separation. Out: the galaxy in tides_hosts, by its entry
-- in the catalogue, else by its place: entries of two catalogues that close are one; and the pair in host_candidate.
-- Under the master lock. A second catalogue only adds what is not known.
WITH found AS (
    SELECT h.tides_id, (h.catalogue, h.catalogue_id) = (%(catalogue)s, %(catalogue_id)s) AS itself
    FROM tides.tides_hosts AS h
    WHERE (h.catalogue, h.catalogue_id) = (%(catalogue)s, %(catalogue_id)s)
        OR h.dec BETWEEN %(dec)s::double precision - %(same_galaxy_arcsec)s::double precision / 3600
            AND %(dec)s::double precision + %(same_galaxy_arcsec)s::double precision / 3600
            AND tides.separation_arcsec(h.ra, h.dec, %(ra)s::double precision, %(dec)s::double precision)
                <= %(same_galaxy_arcsec)s::double precision
    ORDER BY itself DESC, h.tides_id
    LIMIT 1
), made AS (
    INSERT INTO tides.tides_hosts (
        catalogue, catalogue_id, ra, dec, redshift, photo_z, band, mag, mag_err, radius_arcsec, template
    )
    SELECT
        %(catalogue)s, %(catalogue_id)s, %(ra)s, %(dec)s, %(redshift)s, %(photo_z)s, %(band)s, %(mag)s, %(mag_err)s,
        %(radius_arcsec)s, %(template)s
    WHERE NOT EXISTS (SELECT FROM found)
    RETURNING tides_id
), new AS (
    SELECT
        f.tides_id,
        CASE WHEN f.itself THEN %(ra)s ELSE h.ra END AS ra,
        CASE WHEN f.itself THEN %(dec)s ELSE h.dec END AS dec,
        CASE WHEN f.itself THEN coalesce(%(redshift)s, h.redshift) ELSE coalesce(h.redshift, %(redshift)s) END AS redshift,
        CASE WHEN f.itself THEN coalesce(%(photo_z)s, h.photo_z) ELSE coalesce(h.photo_z, %(photo_z)s) END AS photo_z,
        CASE WHEN f.itself THEN coalesce(%(radius_arcsec)s, h.radius_arcsec)
            ELSE coalesce(h.radius_arcsec, %(radius_arcsec)s) END AS radius_arcsec,
        %(mag)s::double precision IS NOT NULL AND (f.itself OR h.mag IS NULL) AS other_mag
    FROM found AS f
    JOIN tides.tides_hosts AS h USING (tides_id)
), changed AS (
    UPDATE tides.tides_hosts AS h
    SET ra = n.ra,
        dec = n.dec,
        redshift = n.redshift,
        photo_z = n.photo_z,
        radius_arcsec = n.radius_arcsec,
        band = CASE WHEN n.other_mag THEN %(band)s ELSE h.band END,
        mag = CASE WHEN n.other_mag THEN %(mag)s ELSE h.mag END,
        mag_err = CASE WHEN n.other_mag THEN %(mag_err)s ELSE h.mag_err END,
        updated = now()
    FROM new AS n
    WHERE h.tides_id = n.tides_id
        AND (
            (h.ra, h.dec, h.redshift, h.photo_z, h.radius_arcsec)
                IS DISTINCT FROM (n.ra, n.dec, n.redshift, n.photo_z, n.radius_arcsec)
            OR n.other_mag AND (h.band, h.mag, h.mag_err) IS DISTINCT FROM (%(band)s, %(mag)s, %(mag_err)s)
        )
)
INSERT INTO tides.host_candidate (tides_id, host_id, rank, separation_arcsec)
SELECT %(tides_id)s, g.tides_id, %(rank)s, %(separation_arcsec)s
FROM (SELECT tides_id FROM found UNION ALL SELECT tides_id FROM made) AS g
ON CONFLICT DO NOTHING;
