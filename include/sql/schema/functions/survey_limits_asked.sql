-- The limits of each survey that the live rule is asked with: those in force, or those that the transaction asks
-- (tides.asked). No SQL function, so that the planner knows it by its few rows.
CREATE OR REPLACE FUNCTION tides.survey_limits_asked() RETURNS SETOF tides.survey_limits
    LANGUAGE plpgsql STABLE ROWS 3 AS $$
BEGIN
    IF tides.asked('surveys') IS NULL THEN
        RETURN QUERY SELECT l.* FROM tides.survey_limits AS l;
    ELSE
        RETURN QUERY
        SELECT p.*
        FROM jsonb_array_elements(tides.asked('surveys')) AS a (part)
        LEFT JOIN tides.survey_limits AS l ON l.survey = a.part ->> 'survey'
        CROSS JOIN LATERAL jsonb_populate_record(l, a.part) AS p;
    END IF;
END
$$;
COMMENT ON FUNCTION tides.survey_limits_asked IS 'The limits of each survey that the live rule is asked with';
