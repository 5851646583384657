-- After an unclean restart a broker gives the same offset to another message: a dead letter is what it holds, too.
DROP INDEX tides.dead_letter_position;
CREATE UNIQUE INDEX dead_letter_position
    ON tides.dead_letter (lane, stream, topic_id, partition, "offset", sha256(raw))
    NULLS NOT DISTINCT WHERE kind = 'message';

CREATE TABLE tides.stream_column (
    stream     text NOT NULL,
    name       text NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('number', 'text', 'boolean', 'list', 'object')),
    first_seen timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (stream, name)
);
COMMENT ON TABLE tides.stream_column IS 'The columns that a stream''s messages have had, with their JSON type: what drift is measured from';
