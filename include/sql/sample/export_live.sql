-- In: a time. Out: from when to when each target and host was live, as known then. Reads only.
SELECT t.name, t.tides_id, t.kind, i.number, i.since, i.until, i.why AS why_ended
FROM tides.live_interval_at(%(as_of)s) AS i
JOIN tides.target_at(%(as_of)s) AS t USING (tides_id)
ORDER BY t.tides_id, i.number;
