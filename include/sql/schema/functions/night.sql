-- The survey's own night of a JD UTC.
CREATE OR REPLACE FUNCTION tides.night(survey text, jd double precision) RETURNS integer
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN CASE survey
        WHEN 'ztf' THEN floor(jd - 2457754.5)::integer
        ELSE to_char(date '1858-11-17' + floor(jd - 2400001)::integer, 'YYYYMMDD')::integer
    END;
COMMENT ON FUNCTION tides.night IS 'The survey''s own night: ZTF nid (UTC days), Rubin day_obs YYYYMMDD (noon to noon UTC)';
