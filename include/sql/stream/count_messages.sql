-- In: a stream, and by night (UTC day) how many messages this transaction reads and how many the broker had sent, as JSON.
-- Out: they are added to the counts of these nights. Runs in the transaction that moves the bookmark: it can't be applied
-- twice. In one order, so that the audit at the same time does not wait for it both ways.
INSERT INTO tides.night_stream AS n (stream, night, read, sent, rows)
SELECT %(stream)s, g.night, g.read, g.sent, 0
FROM jsonb_to_recordset(%(nights)s::jsonb) AS g (night date, read integer, sent integer)
ORDER BY g.night
ON CONFLICT (stream, night) DO UPDATE
SET read = n.read + excluded.read,
    sent = n.sent + excluded.sent;
