-- An open event says who has taken it up, so that nobody else begins the same work.
ALTER TABLE tides.event
    ADD COLUMN acknowledged_by text,
    ADD COLUMN acknowledged_at timestamp with time zone,
    ADD COLUMN acknowledgement text;
COMMENT ON COLUMN tides.event.acknowledged_by IS 'Who has taken it up; NULL: nobody';
COMMENT ON COLUMN tides.event.acknowledgement IS 'What they say of it';
