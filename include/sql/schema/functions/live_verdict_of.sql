-- What tides.live_verdict says of some targets; NULL: of all. Each call is planned for the targets that it is given: they
-- are looked up by their keys, whatever else is stored. ROWS 1: who asks looks up by key, too.
CREATE OR REPLACE FUNCTION tides.live_verdict_of(as_of timestamptz, of_targets integer[])
    RETURNS TABLE (tides_id integer, active boolean, why tides.why, detail jsonb, surveys jsonb)
    LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT * FROM tides.live_verdict(%L, %L)', as_of, of_targets);
END $$;
COMMENT ON FUNCTION tides.live_verdict_of IS 'Whether some targets are live at a time, why, and what each survey says of them; reads only';
