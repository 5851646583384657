-- How the rows of a table that tides.past keeps stood at a time: key, content, and since when. Deleted rows are left out.
CREATE OR REPLACE FUNCTION tides.past_at(of_kind text, as_of timestamptz)
    RETURNS TABLE (key jsonb, content jsonb, at timestamptz)
    LANGUAGE sql STABLE AS $$
SELECT p.key, p.content, p.at
FROM (
    SELECT DISTINCT ON (o.key) o.key, o.content, o.at
    FROM tides.past AS o
    WHERE o.kind = of_kind AND o.at <= as_of
    ORDER BY o.key, o.past_id DESC
) AS p
WHERE p.content IS NOT NULL
$$;
COMMENT ON FUNCTION tides.past_at IS 'How the rows of a table that tides.past keeps stood at a time';
