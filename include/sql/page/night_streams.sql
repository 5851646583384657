-- In: two nights (UTC days), and a stream or an empty text for all. Out: by night from the first to the last how many messages of
-- each stream were read, how many the broker had sent, and how many objects its database had changed, as far as there are any.
SELECT n.stream, n.night, n.read, n.sent, n.rows
FROM (SELECT DISTINCT stream FROM tides.stream_offset WHERE lane = 'live') AS o
JOIN tides.night_stream AS n USING (stream)
WHERE n.night BETWEEN %(first)s AND %(last)s
    AND n.read IS NOT NULL
    AND %(stream)s IN ('', n.stream)
ORDER BY n.stream, n.night;
