-- The targets, transients and hosts, as they stood at a time, by what tides.past keeps.
CREATE OR REPLACE FUNCTION tides.target_at(as_of timestamptz)
    RETURNS TABLE (tides_id integer, kind text, name text, content jsonb)
    LANGUAGE sql STABLE AS $$
SELECT (m.key ->> 'tides_id')::integer, 'sn', m.content ->> 'name', m.content
FROM tides.past_at('tides_master', as_of) AS m
UNION ALL
SELECT (h.key ->> 'tides_id')::integer, 'host', h.content ->> 'name', h.content
FROM tides.past_at('tides_hosts', as_of) AS h
$$;
COMMENT ON FUNCTION tides.target_at IS 'The targets, transients and hosts, as they stood at a time';
