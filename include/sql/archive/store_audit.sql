-- In: a stream, and until when it was compared with Lasair's database. Out: that is known. Can be repeated: the time
-- only grows.
INSERT INTO tides.stream_audit AS a (stream, audited_until)
VALUES (%(stream)s, %(until)s)
ON CONFLICT (stream) DO UPDATE SET audited_until = excluded.audited_until
WHERE a.audited_until < excluded.audited_until;
