-- The limits of `live` that the live rule is asked with: those in force, but for what the transaction asks
-- (tides.asked). No SQL function, so that the planner knows it by its one row.
CREATE OR REPLACE FUNCTION tides.live_limits_asked() RETURNS SETOF tides.live_limits
    LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
    RETURN QUERY
    SELECT p.*
    FROM tides.live_limits AS l
    CROSS JOIN LATERAL jsonb_populate_record(l, coalesce(tides.asked('live'), '{}')) AS p;
END
$$;
COMMENT ON FUNCTION tides.live_limits_asked IS 'The limits of `live` that the live rule is asked with';
