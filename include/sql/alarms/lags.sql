-- In: how many. Out: the messages of each stream that the newest live runs of the last day left at the broker, the
-- newest run first.
SELECT counts -> 'backlog' AS backlog
FROM tides.bridge_run
WHERE lane = 'live' AND ended_at > now() - interval '1 day' AND counts ? 'backlog'
ORDER BY ended_at DESC
LIMIT %(runs)s;
