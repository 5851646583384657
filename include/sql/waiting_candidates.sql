-- The candidates of a stream that wait for evaluation: all, or the newest and a share of the oldest where they are more
-- than there is room for. `stored` says whether the light curve of this very alert is already here.
WITH ranked AS (
    SELECT
        c.object_id,
        c.alert_hash,
        c.survey,
        row_number() OVER (ORDER BY c.known_at DESC, c.object_id) AS from_newest,
        row_number() OVER (ORDER BY c.waiting_since, c.known_at, c.object_id) AS from_oldest
    FROM tides.candidate AS c
    WHERE c.lane = %(lane)s
        AND c.stream = %(stream)s
        AND c.waiting
)
SELECT
    r.object_id,
    l.object_id IS NOT NULL AS stored
FROM ranked AS r
LEFT JOIN tides.light_curve AS l ON (l.lane, l.survey, l.object_id) = (%(lane)s, r.survey, r.object_id)
    AND l.alert_hash = r.alert_hash
WHERE r.from_newest <= %(room)s - %(oldest)s
    OR r.from_oldest <= %(oldest)s
ORDER BY r.from_newest;
