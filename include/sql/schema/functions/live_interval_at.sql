-- From when to when each target was live, as known at a time: `until` and `why` are NULL while it lasts.
CREATE OR REPLACE FUNCTION tides.live_interval_at(as_of timestamptz)
    RETURNS TABLE (tides_id integer, number bigint, since timestamptz, until timestamptz, why text)
    LANGUAGE sql STABLE AS $$
WITH step AS (
    SELECT
        (p.key ->> 'tides_id')::integer AS tides_id,
        p.past_id,
        coalesce((p.content ->> 'active')::boolean, false) AS active,
        lag(coalesce((p.content ->> 'active')::boolean, false), 1, false) OVER same AS was,
        p.content ->> 'why' AS why,
        CASE WHEN p.seed THEN coalesce((p.content ->> 'active_since')::timestamptz, p.at) ELSE p.at END AS at
    FROM tides.past AS p
    WHERE p.kind IN ('tides_master', 'tides_hosts') AND p.at <= as_of
    WINDOW same AS (PARTITION BY p.key ORDER BY p.past_id)
), paired AS (
    SELECT s.*, lead(s.at) OVER same AS until, lead(s.why) OVER same AS why_ended
    FROM step AS s
    WHERE s.active <> s.was
    WINDOW same AS (PARTITION BY s.tides_id ORDER BY s.past_id)
)
SELECT p.tides_id, row_number() OVER (PARTITION BY p.tides_id ORDER BY p.past_id), p.at, p.until, p.why_ended
FROM paired AS p
WHERE p.active
$$;
COMMENT ON FUNCTION tides.live_interval_at IS 'From when to when each target was live, as known at a time';
