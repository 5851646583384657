-- In: how many days to look back. Out: how many targets were live at the end of each night (UTC day), by the night's
-- newest live run; tonight is left out.
SELECT d.night::date AS night, r.live
FROM generate_series(1, %(days)s) AS n
CROSS JOIN LATERAL (SELECT date_trunc('day', now(), 'UTC') - n * interval '1 day' AS night) AS d
CROSS JOIN LATERAL (
    SELECT (b.counts ->> 'live')::integer AS live
    FROM tides.bridge_run AS b
    WHERE b.lane = 'live' AND b.ended_at >= d.night AND b.ended_at < d.night + interval '1 day' AND b.counts ? 'live'
    ORDER BY b.ended_at DESC
    LIMIT 1
) AS r;
