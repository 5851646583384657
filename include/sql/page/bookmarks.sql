-- Out: the message at which each partition of a stream is read on.
SELECT stream, partition, next_offset
FROM tides.stream_offset
WHERE lane = 'live'
ORDER BY stream, partition;
