-- What the daily audit remembers, and where the hourly run finds what a refresh has brought.

CREATE TABLE tides.stream_audit (
    stream        text PRIMARY KEY,
    audited_until timestamptz NOT NULL
);
COMMENT ON TABLE tides.stream_audit IS 'Up to when each stream has been compared with the broker''s database';

CREATE INDEX candidate_refreshed ON tides.candidate (survey, object_id) WHERE lane = 'live' AND origin = 'refresh';
