-- What a transaction asks the live rule with in place of what is in force: `preview` sets it for itself alone. In: which
-- part: `live`, `surveys`, `functions` or `judged`. Out: its JSON, NULL where nothing is asked.
CREATE OR REPLACE FUNCTION tides.asked(part text) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN nullif(current_setting('tides.asked_' || part, true), '')::jsonb;
COMMENT ON FUNCTION tides.asked IS 'What this transaction asks the live rule with in place of what is in force; NULL: nothing else';
