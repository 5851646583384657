-- The watchdog sends a digest each day and, by setting, the reports of runs. Each is said once, as an alarm is.
CREATE TABLE tides.digest (
    day   date PRIMARY KEY,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL
);
COMMENT ON TABLE tides.digest IS 'The digests that were made, one a day. Each tells of the time since the one before it';
COMMENT ON COLUMN tides.digest.day IS 'The day of the cut-off''s zone on which it was due';

CREATE TABLE tides.report_told (
    run_id text PRIMARY KEY REFERENCES tides.bridge_run (run_id)
);
COMMENT ON TABLE tides.report_told IS 'The runs whose report was made a message';

COMMENT ON TABLE tides.alarm IS 'What messages tell of: each time that a kind of event was open, from its beginning to its end; a digest and a report are over at once';

-- What happened since a moment is found without reading all events.
CREATE INDEX event_opened ON tides.event (opened_at);
CREATE INDEX event_closed ON tides.event (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX event_acknowledged ON tides.event (acknowledged_at) WHERE acknowledged_at IS NOT NULL;
