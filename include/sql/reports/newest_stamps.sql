-- Out: of each stream the newest stamp that the broker gave to a message that was read; NULL where it gave none. Reads
-- only.
SELECT stream, max(newest_stamp) AS newest
FROM tides.stream_offset
WHERE lane = 'live'
GROUP BY stream;
