-- Out: the backlog that each live run of the last day left, the newest first: stream -> messages, candidates.
SELECT ended_at, counts -> 'backlog' AS backlog
FROM tides.bridge_run
WHERE lane = 'live'
    AND ended_at > now() - interval '1 day'
    AND counts ? 'backlog'
ORDER BY ended_at DESC
LIMIT 50;
