-- In: a target or host, who says something of it, and the words. Out: they are stored. The same words again within a minute
-- are a repeat, which stores nothing.
INSERT INTO tides.target_comment (tides_id, by, words)
SELECT %(tides_id)s::integer, %(by)s::text, %(words)s::text
WHERE NOT EXISTS (
    SELECT FROM tides.target_comment
    WHERE (tides_id, by, words) = (%(tides_id)s::integer, %(by)s::text, %(words)s::text)
        AND at > now() - interval '1 min'
);
