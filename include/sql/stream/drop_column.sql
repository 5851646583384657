-- In: a column that a stream has no more. Out: it is not known. A repeat finds none.
DELETE FROM tides.stream_column
WHERE (stream, name) = (%(stream)s, %(name)s);
