-- The name of a change of the selection by its content: what a preview has shown is known again when it is made. A function
-- is known by its hash, whatever the text that says it.
CREATE OR REPLACE FUNCTION tides.change_key(kind text, subject text, content jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN kind || ' ' || subject || ' ' || md5(coalesce((content - 'says')::text, ''));
COMMENT ON FUNCTION tides.change_key IS 'The name of a change of the selection by its content';
