-- In: how many. Out: targets that are live, and host galaxies that are wanted, and not active at 4MOST, with the cause and
-- how many have the same one; held and refused ones first. Only what may be not active there is looked up.
WITH untold AS (
    SELECT f.id
    FROM tides.fourmost_target AS f
    WHERE f.state = 'live' AND (coalesce(f.told, f.before_told) ->> 'is_active') IS DISTINCT FROM 'true'
    UNION ALL
    (
        SELECT tides_id FROM tides.tides_master WHERE active
        UNION ALL
        SELECT tides_id FROM tides.tides_hosts WHERE active
        EXCEPT
        SELECT id FROM tides.fourmost_target WHERE state = 'live'
    )
)
SELECT
    m.name,
    m.active_since,
    c.cause,
    f.words,
    count(*) OVER (PARTITION BY c.cause) AS number
FROM untold AS u
-- OFFSET 0: each is looked up by its id, however the planner guesses their number.
CROSS JOIN LATERAL (
    SELECT t.name, t.active, t.active_since FROM tides.target AS t WHERE t.tides_id = u.id OFFSET 0
) AS m
LEFT JOIN LATERAL (
    SELECT coalesce(t.held, t.refusal, t.problem) AS words, tides.state_at_4most(true, t) AS state
    FROM tides.fourmost_target AS t
    WHERE t.id = u.id
    OFFSET 0
) AS f ON true
CROSS JOIN LATERAL (SELECT coalesce(f.state, tides.state_at_4most(true, NULL)) AS cause) AS c
WHERE m.active AND c.cause <> 'active'
ORDER BY array_position('{held,refused,cannot be sent,unknown,waiting,not staged}', c.cause), m.active_since, m.name
LIMIT %(most)s;
