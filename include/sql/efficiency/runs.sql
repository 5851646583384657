-- In: a lane. Out: the attempts of its runs that reported, oldest first, in JD UTC.
SELECT tides.jd_utc(started_at) AS started_jd, tides.jd_utc(ended_at) AS ended_jd, good
FROM tides.bridge_run
WHERE lane = %(lane)s
ORDER BY started_at;
