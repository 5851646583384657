-- In: a stream, until when it was compared with Lasair's database and until when it had been before, and by night (UTC day) how
-- many objects the database had changed between these two, as JSON. Out: both are known. Only from where it was the time moves,
-- and only then the objects are counted: a repeat, or a second audit at once, counts nothing twice.
WITH moved AS (
    INSERT INTO tides.stream_audit AS a (stream, audited_until)
    VALUES (%(stream)s, %(until)s)
    ON CONFLICT (stream) DO UPDATE SET audited_until = excluded.audited_until
    WHERE a.audited_until = %(before)s::timestamptz AND a.audited_until < excluded.audited_until
    RETURNING stream
)
INSERT INTO tides.night_stream AS n (stream, night, read, sent, rows)
SELECT stream, g.night, 0, 0, g.rows
FROM moved
CROSS JOIN jsonb_to_recordset(%(nights)s::jsonb) AS g (night date, rows integer)
ORDER BY g.night
ON CONFLICT (stream, night) DO UPDATE
SET rows = n.rows + excluded.rows;
