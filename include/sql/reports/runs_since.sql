-- In: two moments. Out: how many live runs have ended between them, and how many of these were not good.
SELECT count(*) AS runs, count(*) FILTER (WHERE NOT good) AS bad_runs
FROM tides.bridge_run
WHERE lane = 'live' AND ended_at >= %(since)s AND ended_at < %(until)s;
