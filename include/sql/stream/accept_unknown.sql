-- In: a column of a stream, and who accepts its implausible values. Out: they stop the stream no more. Can be repeated.
INSERT INTO tides.accepted_unknown (stream, name, by)
VALUES (%(stream)s, %(name)s, %(by)s)
ON CONFLICT (stream, name) DO NOTHING;
