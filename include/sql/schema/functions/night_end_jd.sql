-- JD UTC at which a survey's night ends: the inverse of night.
CREATE OR REPLACE FUNCTION tides.night_end_jd(survey text, night integer) RETURNS double precision
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN CASE survey
        WHEN 'ztf' THEN night + 2457755.5
        ELSE to_date(night::text, 'YYYYMMDD') - date '1858-11-17' + 2400002
    END;
