-- In: streams, and the time since which they spoke of an object. Out: how many objects stored_objects.sql gives, and how
-- many it leaves out because nobody spoke of them lately. Reads only.
SELECT
    c.stream,
    count(*) FILTER (WHERE c.known_at >= %(since)s::timestamptz OR m.active) AS objects,
    count(*) FILTER (WHERE c.known_at < %(since)s::timestamptz AND m.active IS NOT TRUE) AS older
FROM tides.candidate AS c
LEFT JOIN tides.tides_alias AS a USING (survey, object_id)
LEFT JOIN tides.tides_master AS m USING (tides_id)
WHERE c.lane = 'live'
    AND c.stream = ANY (%(streams)s)
GROUP BY c.stream;
