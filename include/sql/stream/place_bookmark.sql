-- In: the first bookmark of a stream's partition. Out: it is stored, unless there is one: then no row is written, and
-- the caller gives up.
INSERT INTO tides.stream_offset (lane, stream, partition, topic_id, next_offset, last_hash, newest_stamp)
VALUES (
    %(lane)s, %(stream)s, %(partition)s, %(topic_id)s, %(next_offset)s, %(last_hash)s, %(newest_stamp)s
)
ON CONFLICT DO NOTHING;
