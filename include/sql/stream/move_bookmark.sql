-- In: a bookmark, and where it was. Out: it is moved, by compare and set. One that is somewhere else is not moved, and
-- the caller gives up. The row stays locked until the transaction that stores the messages ends.
UPDATE tides.stream_offset
SET topic_id = %(topic_id)s,
    next_offset = %(next_offset)s,
    last_hash = %(last_hash)s,
    newest_stamp = %(newest_stamp)s
WHERE (lane, stream, partition, next_offset) = (%(lane)s, %(stream)s, %(partition)s, %(old_offset)s)
    AND topic_id IS NOT DISTINCT FROM %(old_topic_id)s;
