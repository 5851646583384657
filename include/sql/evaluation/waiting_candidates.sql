-- The candidates of a stream that wait for evaluation: all, or the newest and, of the others, those that have waited
-- longest, where they are more than there is room for. `stored` says whether the light curve of this very alert is here.
-- One that could not be judged pauses: `pause_s` (s) after the first failure, four times as long after each further one.
WITH ranked AS (
    SELECT
        c.object_id,
        c.alert_hash,
        c.survey,
        c.waiting_since,
        row_number() OVER (ORDER BY c.known_at DESC, c.object_id) AS from_newest
    FROM tides.candidate AS c
    WHERE c.lane = %(lane)s
        AND c.stream = %(stream)s
        AND c.waiting
        AND (
            c.attempts = 0
            OR now() >= c.waiting_since + interval '1 second' * %(pause_s)s::float8 * (4 ^ c.attempts - 1) / 3
        )
), chosen AS (
    SELECT * FROM ranked WHERE from_newest <= %(room)s::integer - %(oldest)s::integer
    UNION ALL
    (
        SELECT *
        FROM ranked
        WHERE from_newest > %(room)s::integer - %(oldest)s::integer
        ORDER BY waiting_since, from_newest DESC
        LIMIT %(oldest)s::integer
    )
)
SELECT
    r.object_id,
    l.object_id IS NOT NULL AS stored
FROM chosen AS r
LEFT JOIN tides.light_curve AS l ON (l.lane, l.survey, l.object_id) = (%(lane)s, r.survey, r.object_id)
    AND l.alert_hash = r.alert_hash
ORDER BY r.from_newest;
