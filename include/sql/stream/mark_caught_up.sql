-- In: a bookmark at the end of its partition, and as of when. Out: caught_up_at, unless somebody has moved the
-- bookmark. Can be repeated: the time only grows.
UPDATE tides.stream_offset
SET caught_up_at = greatest(caught_up_at, %(moment)s)
WHERE (lane, stream, partition, next_offset) = (%(lane)s, %(stream)s, %(partition)s, %(next_offset)s);
