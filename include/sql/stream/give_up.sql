-- In: dead letters, and who gives them up. Out: they may go with retention; those that were given up just now, by stream. A
-- repeat finds none.
WITH given AS (
    UPDATE tides.dead_letter
    SET given_up_at = now(),
        given_up_by = %(by)s
    WHERE dead_letter_id = ANY (%(letters)s)
        AND given_up_at IS NULL
    RETURNING stream
)
SELECT stream, count(*) AS letters FROM given GROUP BY stream ORDER BY stream;
