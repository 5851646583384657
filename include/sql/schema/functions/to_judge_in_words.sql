-- Which edited functions have still to judge a target that a former content of them selected, in a few words. In: the
-- detail of `live`. NULL where none has.
CREATE OR REPLACE FUNCTION tides.to_judge_in_words(detail jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT 'the edited ' || string_agg(f.name, ', ' ORDER BY f.name)
FROM jsonb_array_elements_text(detail -> 'to_judge') AS f (name)
$$;
COMMENT ON FUNCTION tides.to_judge_in_words IS 'Which edited functions have still to judge a target, in a few words';
