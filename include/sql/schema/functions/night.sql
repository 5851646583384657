-- In: a survey and a time (JD UTC). Out: the survey's own number of the night that holds it; NULL for an unknown survey.
-- Python's twin is tides.surveys.nights.Nights.number; a test holds them equal.
CREATE OR REPLACE FUNCTION tides.night(survey text, jd double precision) RETURNS integer
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN (
        SELECT CASE v.night_kind
            WHEN 'counted' THEN floor(jd - v.night_zero_jd)::integer
            ELSE to_char(
                date '1858-11-17' + (floor(v.night_zero_jd - 2400000.5) + floor(jd - v.night_zero_jd))::integer,
                'YYYYMMDD'
            )::integer
        END
        FROM tides.survey AS v
        WHERE v.survey = night.survey
    );
END $$;
COMMENT ON FUNCTION tides.night IS 'The survey''s own number of the night that holds a JD UTC, by the rule in tides.survey';
