-- Out: what the watchdog measures, as one row. No part of it reads a table that grows with the years as a whole.
SELECT
    (SELECT ended_at FROM tides.bridge_run WHERE lane = 'live' ORDER BY ended_at DESC LIMIT 1) AS last_run,
    (SELECT count(*) FROM tides.fourmost_target
        WHERE differs AND wanted IS DISTINCT FROM told AND wanted IS NOT NULL AND refusal IS NULL AND held IS NULL)
        AS waiting,
    -- OFFSET 0: each is looked up by its id. Since a later word of 4MOST's, it waits only since then.
    (SELECT min(greatest(m.active_since, f.told_at)) FROM tides.fourmost_target AS f
        CROSS JOIN LATERAL (
            SELECT t.active, t.active_since FROM tides.target AS t WHERE t.tides_id = f.id OFFSET 0
        ) AS m
        WHERE f.differs AND f.state = 'live' AND f.wanted IS NOT NULL AND f.refusal IS NULL AND f.held IS NULL
            AND m.active AND (coalesce(f.told, f.before_told) ->> 'is_active') IS DISTINCT FROM 'true')
        AS waiting_since,
    (SELECT count(*) FROM tides.fourmost_target WHERE refusal IS NOT NULL) AS refused,
    (SELECT count(*) FROM tides.dead_letter WHERE buried_at > now() - interval '1 day') AS dead_letters,
    (SELECT coalesce(max(calls), 0) FROM tides.lasair_call
        WHERE hour >= date_trunc('hour', now(), 'UTC') - interval '1 hour') AS calls,
    pg_database_size(current_database()) AS bytes;
