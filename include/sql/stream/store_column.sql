-- In: a column of a stream, and its JSON type. Out: it is known by this type. Can be repeated.
INSERT INTO tides.stream_column (stream, name, kind)
VALUES (%(stream)s, %(name)s, %(kind)s)
ON CONFLICT (stream, name) DO UPDATE SET kind = excluded.kind;
