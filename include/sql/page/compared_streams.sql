-- Out: until when each stream that is read has been compared with the broker's database (NULL: it never was), and up to which
-- night (UTC day) its messages were not counted yet (NULL: they always were).
SELECT o.stream, a.audited_until AS until, n.uncounted
FROM (SELECT DISTINCT stream FROM tides.stream_offset WHERE lane = 'live') AS o
LEFT JOIN tides.stream_audit AS a USING (stream)
LEFT JOIN LATERAL (
    SELECT max(night) AS uncounted FROM tides.night_stream WHERE stream = o.stream AND read IS NULL
) AS n ON true
ORDER BY o.stream;
