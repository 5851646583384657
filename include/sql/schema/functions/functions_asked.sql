-- The selection functions that the live rule is asked with: those in use, or those that the transaction asks
-- (tides.asked). No SQL function, so that the planner knows it by its few rows.
CREATE OR REPLACE FUNCTION tides.functions_asked() RETURNS SETOF tides.function_in_use
    LANGUAGE plpgsql STABLE ROWS 5 AS $$
BEGIN
    IF tides.asked('functions') IS NULL THEN
        RETURN QUERY SELECT u.* FROM tides.function_in_use AS u;
    ELSE
        RETURN QUERY SELECT p.* FROM jsonb_populate_recordset(NULL::tides.function_in_use, tides.asked('functions')) AS p;
    END IF;
END
$$;
COMMENT ON FUNCTION tides.functions_asked IS 'The selection functions that the live rule is asked with';
