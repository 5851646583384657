-- In: a survey and its own number of a night. Out: when the night ends (JD UTC); NULL for an unknown survey.
-- Python's twin is tides.surveys.nights.Nights.end_jd; a test holds them equal.
CREATE OR REPLACE FUNCTION tides.night_end_jd(survey text, night integer) RETURNS double precision
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN (
        SELECT v.night_zero_jd + 1 + CASE v.night_kind
            WHEN 'counted' THEN night
            ELSE to_date(night::text, 'YYYYMMDD') - date '1858-11-17' - floor(v.night_zero_jd - 2400000.5)
        END
        FROM tides.survey AS v
        WHERE v.survey = night_end_jd.survey
    );
END $$;
COMMENT ON FUNCTION tides.night_end_jd IS 'The JD UTC at which a survey''s night ends, by the rule in tides.survey';
