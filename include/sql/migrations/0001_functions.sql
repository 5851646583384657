-- The rules that SQL steps share. Sources: the science rules in docs/architecture.md.

CREATE FUNCTION tides.jd_utc(moment timestamptz) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN extract(epoch FROM moment)::double precision / 86400 + 2440587.5;

CREATE FUNCTION tides.night(survey text, jd double precision) RETURNS integer
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN CASE survey
        WHEN 'ztf' THEN floor(jd - 2457754.5)::integer
        ELSE to_char(date '1858-11-17' + floor(jd - 2400001)::integer, 'YYYYMMDD')::integer
    END;
COMMENT ON FUNCTION tides.night IS 'The survey''s own night: ZTF nid (UTC days), Rubin day_obs YYYYMMDD (noon to noon UTC)';

CREATE FUNCTION tides.night_end_jd(survey text, night integer) RETURNS double precision
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN CASE survey
        WHEN 'ztf' THEN night + 2457755.5
        ELSE to_date(night::text, 'YYYYMMDD') - date '1858-11-17' + 2400002
    END;

CREATE FUNCTION tides.separation_arcsec(
    ra_1 double precision, dec_1 double precision, ra_2 double precision, dec_2 double precision
) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN 3600 * 2 * degrees(asin(least(1, sqrt(
        sind((dec_2 - dec_1) / 2) ^ 2 + cosd(dec_1) * cosd(dec_2) * sind((ra_2 - ra_1) / 2) ^ 2
    ))));
COMMENT ON FUNCTION tides.separation_arcsec IS 'Great-circle distance by the haversine formula; right ascension may wrap';

CREATE FUNCTION tides.galactic_latitude(ra_deg double precision, dec_deg double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN asind(greatest(-1, least(1,
        sind(dec_deg) * sind(27.12825) + cosd(dec_deg) * cosd(27.12825) * cosd(ra_deg - 192.85948)
    )));
COMMENT ON FUNCTION tides.galactic_latitude IS 'Degrees; ICRS position of the Galactic pole: Hipparcos catalogue, vol. 1, 1.5.3';

CREATE FUNCTION tides.target_name(prefix text, year integer, number integer) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    letters text := '';
    rest integer := number;
    length integer := 3;
BEGIN
    IF number >= 17576 THEN          -- after zzz comes aaaa
        rest := number - 17576;
        length := 4;
    END IF;
    IF rest >= 26 ^ length THEN
        RAISE EXCEPTION 'the names of % for % are used up', prefix, year
            USING HINT = 'choose another fourmost.name_prefix';
    END IF;
    FOR _ IN 1..length LOOP
        letters := chr(97 + rest % 26) || letters;
        rest := rest / 26;
    END LOOP;
    RETURN prefix || lpad((year % 100)::text, 2, '0') || letters;
END $$;

CREATE FUNCTION tides.draw_name(a_prefix text) RETURNS text
    LANGUAGE plpgsql AS $$
DECLARE
    this_year integer := extract(year FROM now() AT TIME ZONE 'UTC');
    drawn integer;
BEGIN
    INSERT INTO tides.name_counter AS c (prefix, year, next) VALUES (a_prefix, this_year, 1)
        ON CONFLICT (prefix, year) DO UPDATE SET next = c.next + 1
        RETURNING next - 1 INTO drawn;
    RETURN tides.target_name(a_prefix, this_year, drawn);
END $$;

CREATE FUNCTION tides.find_or_create_target(
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

CREATE FUNCTION tides.demand_keys(keys jsonb) RETURNS integer
    LANGUAGE plpgsql AS $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(format('%s (key %s)', k.name, k.pk), ', ' ORDER BY k.pk) INTO missing
        FROM jsonb_to_recordset(keys) AS k (id integer, pk bigint, name text)
        LEFT JOIN tides.tides_master AS m ON m.tides_id = k.id AND m.pk_4most = k.pk
        WHERE m.tides_id IS NULL;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION '4MOST gave keys in this run that the master lacks: %', missing
            USING HINT = 'see tides.fourmost_key for these targets; another key is current there';
    END IF;
    RETURN jsonb_array_length(keys);
END $$;
