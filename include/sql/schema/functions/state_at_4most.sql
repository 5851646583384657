-- How a target stands at 4MOST, in a word. `wanted`: whether it is live. Of what is live and not active there this is the
-- cause: the first of these that holds.
CREATE OR REPLACE FUNCTION tides.state_at_4most(wanted boolean, f tides.fourmost_target)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
SELECT CASE
    WHEN (coalesce(f.told, f.before_told) ->> 'is_active') = 'true' THEN CASE
        WHEN wanted THEN 'active'
        WHEN f.held IS NOT NULL THEN 'active, its end is held'
        ELSE 'active, its end waits'
    END
    WHEN NOT wanted THEN CASE
        WHEN coalesce(f.told, f.before_told) IS NOT NULL THEN 'switched off'
        WHEN f.sending_since IS NOT NULL THEN 'unknown'
        ELSE 'never sent'
    END
    WHEN f.id IS NULL OR f.state <> 'live' THEN 'not staged'
    WHEN f.held IS NOT NULL THEN 'held'
    WHEN f.refusal IS NOT NULL THEN 'refused'
    WHEN f.problem IS NOT NULL THEN 'cannot be sent'
    WHEN f.sending_since IS NOT NULL THEN 'unknown'
    ELSE 'waiting'
END
$$;
COMMENT ON FUNCTION tides.state_at_4most IS 'How a target stands at 4MOST, in a word; of a live one that is not active there the cause';
