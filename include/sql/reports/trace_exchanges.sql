-- In: a target, how many at most. Out: the newest requests to 4MOST and answers about it, the oldest of them first.
SELECT *
FROM (
    SELECT exchange_id, at, verb, part, outcome, left(content::text, 60) AS content, run_id
    FROM tides.fourmost_exchange
    WHERE id = %(tides_id)s
    ORDER BY exchange_id DESC
    LIMIT %(newest)s
) AS newest
ORDER BY exchange_id;
