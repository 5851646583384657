-- In: a column of a stream that is mostly plausible again. Out: its acceptance is withdrawn. A repeat finds none.
DELETE FROM tides.accepted_unknown
WHERE (stream, name) = (%(stream)s, %(name)s);
