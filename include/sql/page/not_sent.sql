-- In: how many. Out: targets that are live, and host galaxies that are wanted, and not active at 4MOST, with the cause and
-- how many have the same one; held and refused ones first. Every live target is looked at, and no other.
SELECT
    t.name,
    t.active_since,
    t.cause,
    t.words,
    count(*) OVER (PARTITION BY t.cause) AS number
FROM (
    SELECT
        m.name,
        m.active_since,
        CASE
            WHEN f.id IS NULL OR f.state <> 'live' THEN 'not staged'
            WHEN f.held IS NOT NULL THEN 'held'
            WHEN f.refusal IS NOT NULL THEN 'refused'
            WHEN f.problem IS NOT NULL THEN 'cannot be sent'
            WHEN f.sending_since IS NOT NULL THEN 'unknown'
            ELSE 'waiting'
        END AS cause,
        coalesce(f.held, f.refusal, f.problem) AS words
    FROM (
        SELECT tides_id, name, active_since FROM tides.tides_master WHERE active
        UNION ALL
        SELECT tides_id, name, active_since FROM tides.tides_hosts WHERE active
    ) AS m
    -- OFFSET 0: each is looked up by its id, however the planner guesses their number.
    LEFT JOIN LATERAL (SELECT * FROM tides.fourmost_target AS t WHERE t.id = m.tides_id OFFSET 0) AS f ON true
    WHERE (coalesce(f.told, f.before_told) ->> 'is_active') IS DISTINCT FROM 'true'
) AS t
ORDER BY array_position('{held,refused,cannot be sent,unknown,waiting,not staged}', t.cause), t.active_since, t.name
LIMIT %(most)s;
