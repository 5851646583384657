-- In: an age (s), how many at most. Out: the oldest so many dead letters that were buried so long ago are gone that a person
-- gave up, or that something newer of the same object has been read or judged in place of. Any other one stays. A repeat
-- drops what is left of them.
WITH walked AS MATERIALIZED (
    SELECT d.dead_letter_id, d.buried_at
    FROM tides.dead_letter AS d
    WHERE d.buried_at < now() - make_interval(secs => %(age_s)s)
        AND (d.given_up_at IS NOT NULL OR EXISTS (
            SELECT FROM tides.candidate AS c
            WHERE (c.lane, c.stream, c.object_id) = (d.lane, d.stream, d.object_id)
                AND c.problem IS NULL AND NOT c.waiting AND c.said_at > d.buried_at
        ))
    ORDER BY d.buried_at
    LIMIT %(most)s
    FOR UPDATE OF d SKIP LOCKED
), gone AS (
    DELETE FROM tides.dead_letter AS d USING walked AS w WHERE d.dead_letter_id = w.dead_letter_id
)
SELECT count(*) AS walked, max(buried_at) AS at, NULL::double precision AS jd, '' AS key, count(*) AS gone FROM walked;
