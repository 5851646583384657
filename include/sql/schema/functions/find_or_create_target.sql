-- The target that a survey's object is; call it under the master lock.
CREATE OR REPLACE FUNCTION tides.find_or_create_target(
    a_survey text, an_object_id text, a_ra double precision, a_dec double precision,
    a_first_jd double precision, a_last_jd double precision, a_template text,
    prefix text, radius_arcsec double precision, days double precision
) RETURNS integer
    LANGUAGE plpgsql AS $$
DECLARE
    found integer;
    neighbour integer;
BEGIN
    SELECT m.tides_id INTO found
        FROM tides.tides_master AS m
        WHERE m.dec BETWEEN a_dec - radius_arcsec / 3600 AND a_dec + radius_arcsec / 3600
            AND tides.separation_arcsec(m.ra, m.dec, a_ra, a_dec) <= radius_arcsec
            AND coalesce(a_first_jd, a_last_jd) - m.jdmax < days
            AND m.jdmin - coalesce(a_last_jd, a_first_jd) < days
        ORDER BY tides.separation_arcsec(m.ra, m.dec, a_ra, a_dec), m.tides_id
        LIMIT 1;
    IF found IS NULL THEN
        SELECT m.tides_id INTO neighbour
            FROM tides.tides_master AS m
            WHERE m.dec BETWEEN a_dec - radius_arcsec / 3600 AND a_dec + radius_arcsec / 3600
                AND tides.separation_arcsec(m.ra, m.dec, a_ra, a_dec) <= radius_arcsec
            ORDER BY tides.separation_arcsec(m.ra, m.dec, a_ra, a_dec), m.tides_id
            LIMIT 1;
        INSERT INTO tides.tides_master
                (name, ra, dec, position_survey, reachable, template, jdmin, jdmax, same_place_as)
            VALUES (tides.draw_name(prefix), a_ra, a_dec, a_survey, false, a_template, a_first_jd, a_last_jd, neighbour)
            RETURNING tides_id INTO found;
    END IF;
    INSERT INTO tides.tides_alias (survey, object_id, tides_id) VALUES (a_survey, an_object_id, found);
    RETURN found;
END $$;
COMMENT ON FUNCTION tides.find_or_create_target IS
    'Under the master lock: the target that a survey''s object is, by position and time; only a really new one draws an id and a name';
