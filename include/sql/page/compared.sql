-- In: a moment. Out: until when each stream that is read has been compared with the broker's database, NULL if it never
-- was, and of how many objects the broker had lost messages, as found since the moment.
SELECT o.stream, a.audited_until AS until, coalesce(l.objects, 0) AS lost
FROM (SELECT DISTINCT stream FROM tides.stream_offset WHERE lane = 'live') AS o
LEFT JOIN tides.stream_audit AS a USING (stream)
LEFT JOIN (
    SELECT subject AS stream, sum((detail ->> 'objects')::integer)::integer AS objects
    FROM tides.event
    WHERE kind = 'broker lost' AND last_seen_at >= %(since)s
    GROUP BY subject
) AS l USING (stream)
ORDER BY o.stream;
