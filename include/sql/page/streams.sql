-- Out: until when each stream has been read to the end, in all its partitions; NULL where one never was.
SELECT stream, CASE WHEN bool_and(caught_up_at IS NOT NULL) THEN min(caught_up_at) END AS as_of
FROM tides.stream_offset
WHERE lane = 'live'
GROUP BY stream
ORDER BY stream;
