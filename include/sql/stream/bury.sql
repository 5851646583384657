-- In: a message that cannot be read, its place in the log, and why. Out: a dead letter. A repeat changes nothing.
INSERT INTO tides.dead_letter (lane, stream, kind, topic_id, partition, "offset", raw, reason)
VALUES (
    %(lane)s, %(stream)s, 'message', %(topic_id)s, %(partition)s, %(offset)s, %(raw)s, %(reason)s
)
ON CONFLICT DO NOTHING;
