-- What the surveys say that switch a target off, in a few words. In: the detail of `faint` and `unobserved`.
CREATE OR REPLACE FUNCTION tides.off_in_words(detail jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT string_agg(
    s.key || ': ' || CASE s.value WHEN 'faint' THEN 'faded' ELSE 'not seen' END, ', ' ORDER BY s.key
)
FROM jsonb_each_text(detail -> 'surveys') AS s
$$;
COMMENT ON FUNCTION tides.off_in_words IS 'What the surveys say that switch a target off, in a few words';
