-- Trigger, a row at a time: the target, host or decision that it wrote is judged next (tides.changed_target), with what
-- else depends on it: of a target those that were merged into it, of a decision on a place all that lies there.
CREATE OR REPLACE FUNCTION tides.note_changed_row() RETURNS trigger
    LANGUAGE plpgsql AS $$
DECLARE
    written jsonb := coalesce(to_jsonb(NEW), to_jsonb(OLD));
    target integer := coalesce(written ->> 'tides_id', written ->> 'id');  -- the latter in fourmost_target
BEGIN
    IF target IS NOT NULL THEN
        INSERT INTO tides.changed_target (tides_id)
            SELECT target
            UNION ALL
            SELECT m.tides_id FROM tides.tides_master AS m WHERE m.merged_into = target;
    ELSE
        INSERT INTO tides.changed_target (tides_id)
            SELECT t.tides_id
            FROM jsonb_to_record(written) AS d (ra double precision, dec double precision, radius_arcsec double precision)
            CROSS JOIN LATERAL (
                SELECT m.tides_id, m.ra, m.dec FROM tides.tides_master AS m
                WHERE m.dec BETWEEN d.dec - d.radius_arcsec / 3600 AND d.dec + d.radius_arcsec / 3600
                UNION ALL
                SELECT h.tides_id, h.ra, h.dec FROM tides.tides_hosts AS h
                WHERE h.dec BETWEEN d.dec - d.radius_arcsec / 3600 AND d.dec + d.radius_arcsec / 3600
            ) AS t
            WHERE tides.separation_arcsec(t.ra, t.dec, d.ra, d.dec) <= d.radius_arcsec;
    END IF;
    RETURN NULL;
END $$;
