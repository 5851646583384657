-- What a replay of offsets judges as of is the newest stamp among them.
ALTER TABLE tides.stream_offset ADD COLUMN newest_stamp timestamptz;
COMMENT ON COLUMN tides.stream_offset.newest_stamp IS 'The newest stamp that the broker gave to a message up to next_offset';
