-- In: one entry of a list, with the list's template. Out: its target, tides.listed and the step `selected` where it is new;
-- `what`: new, changed or same; `near`: another entry within the radius. Of an entry that lies elsewhere than before, no
-- row comes back and nothing is written. Under the master lock. A repeat changes nothing.
WITH place AS (
    SELECT %(dec)s BETWEEN %(dec_min_deg)s AND %(dec_max_deg)s
        AND abs(tides.galactic_latitude(%(ra)s, %(dec)s)) >= %(galactic_latitude_min_deg)s AS reachable
), known AS (
    SELECT l.*, m.template, m.ra, m.dec
    FROM tides.listed AS l
    JOIN tides.tides_master AS m USING (tides_id)
    WHERE (l.list, l.entry) = (%(list)s, %(name)s)
), moved AS (
    SELECT FROM known AS k
    WHERE tides.separation_arcsec(k.ra, k.dec, %(ra)s, %(dec)s) > %(radius_arcsec)s
), near AS (
    SELECT min(l.entry) AS entry
    FROM tides.tides_master AS m
    JOIN tides.listed AS l USING (tides_id)
    WHERE m.dec BETWEEN %(dec)s::double precision - %(radius_arcsec)s::double precision / 3600
        AND %(dec)s::double precision + %(radius_arcsec)s::double precision / 3600
        AND tides.separation_arcsec(m.ra, m.dec, %(ra)s, %(dec)s) <= %(radius_arcsec)s
        AND (l.list, l.entry) <> (%(list)s, %(name)s)
        AND l.removed_at IS NULL
), made AS (
    INSERT INTO tides.tides_master (name, ra, dec, position_survey, reachable, template)
    SELECT tides.draw_name(%(prefix)s), %(ra)s, %(dec)s, 'catalogue', p.reachable, %(template)s
    FROM place AS p
    WHERE NOT EXISTS (SELECT FROM known)
    RETURNING tides_id
), step AS (
    INSERT INTO tides.tides_history (tides_id, step, reason, by)
    SELECT tides_id, 'selected', format('%%s on the list %%s: %%s epochs, %%s d apart',
        %(name)s::text, %(list)s::text, %(epochs)s::integer, %(cadence_days)s::double precision), %(by)s
    FROM made
), told_otherwise AS (
    UPDATE tides.tides_master AS m
    SET template = %(template)s,
        reachable = p.reachable,
        updated = now()
    FROM known AS k
    CROSS JOIN place AS p
    WHERE m.tides_id = k.tides_id
        AND (m.template, m.reachable) <> (%(template)s, p.reachable)
), written AS (
    INSERT INTO tides.listed AS l (tides_id, list, entry, band, mag, mag_err, redshift, epochs, cadence_days, by)
    SELECT
        tides_id, %(list)s, %(name)s, %(band)s, %(mag)s, %(mag_err)s::double precision, %(redshift)s::double precision,
        %(epochs)s, %(cadence_days)s, %(by)s
    FROM (SELECT tides_id FROM made UNION ALL SELECT tides_id FROM known) AS t
    WHERE NOT EXISTS (SELECT FROM moved)
    ON CONFLICT (list, entry) DO UPDATE
    SET band = excluded.band,
        mag = excluded.mag,
        mag_err = excluded.mag_err,
        redshift = excluded.redshift,
        epochs = excluded.epochs,
        cadence_days = excluded.cadence_days,
        by = excluded.by,
        removed_at = NULL,
        removed_by = NULL
    WHERE (l.band, l.mag, l.mag_err, l.redshift, l.epochs, l.cadence_days, l.removed_at)
        IS DISTINCT FROM (excluded.band, excluded.mag, excluded.mag_err, excluded.redshift, excluded.epochs,
            excluded.cadence_days, NULL)
    RETURNING tides_id
)
SELECT
    CASE WHEN EXISTS (SELECT FROM made) THEN 'new'
        WHEN EXISTS (SELECT FROM written) OR k.template <> %(template)s THEN 'changed'
        ELSE 'same' END AS what,
    near.entry AS near
FROM near
LEFT JOIN known AS k ON true
WHERE NOT EXISTS (SELECT FROM moved);
