-- When the stream itself last spoke of an object: a row of the broker's database may have replaced that message since.
ALTER TABLE tides.candidate ADD COLUMN said_at timestamptz;
COMMENT ON COLUMN tides.candidate.said_at IS 'When the broker sent the newest message of the object, whatever has replaced it since; NULL: before this column, or none came';
