-- The criteria of a verdict in full: its form together with what it found, as judgement/form.py puts them together. In
-- PL/pgSQL, since it asks itself for the parts of `all` and `any`.
CREATE OR REPLACE FUNCTION tides.criteria_in_full(form jsonb, outcomes jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN (
        SELECT coalesce(jsonb_agg(
            (s.said - '{note,of}'::text[])
            || jsonb_build_object('value', f.one -> 0, 'held', f.one -> 1)
            || CASE WHEN s.said ? 'note' AND f.one -> 1 = 'null' THEN jsonb_build_object('note', s.said -> 'note')
                ELSE '{}' END
            || CASE WHEN s.said ? 'of' THEN jsonb_build_object('of', tides.criteria_in_full(s.said -> 'of', f.one -> 2))
                ELSE '{}' END
            ORDER BY n
        ), '[]')
        FROM jsonb_array_elements(form) WITH ORDINALITY AS s (said, n)
        JOIN jsonb_array_elements(outcomes) WITH ORDINALITY AS f (one, n) USING (n)
    );
END $$;
COMMENT ON FUNCTION tides.criteria_in_full IS 'Each criterion of a verdict, with name, value, limit and whether it holds';
