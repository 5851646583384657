-- What a request without a clear answer says of its rows and of its size: a bulk that surely stored nothing goes again in
-- smaller ones, down to one row, and the size that works is remembered for the connection.
ALTER TABLE tides.fourmost_target
    ADD COLUMN in_bulk integer CHECK (in_bulk > 0),
    ADD COLUMN failed_in integer CHECK (failed_in > 0),
    ADD COLUMN failing_since timestamptz;
COMMENT ON COLUMN tides.fourmost_target.in_bulk IS 'Rows of the request under way, or of the last one';
COMMENT ON COLUMN tides.fourmost_target.failed_in IS 'Rows of the last request that had no clear answer and surely stored nothing; NULL: none since the row was stored';
COMMENT ON COLUMN tides.fourmost_target.failing_since IS 'When the first of these requests was sent';

CREATE TABLE tides.fourmost_bulk (
    connection text PRIMARY KEY,
    rows integer NOT NULL CHECK (rows > 0),
    too_many integer NOT NULL CHECK (too_many > 1),
    failures integer NOT NULL,
    believed_until timestamptz NOT NULL,
    worked boolean NOT NULL
);
COMMENT ON TABLE tides.fourmost_bulk IS 'How many rows one create may have. A connection without a row never failed: as many as the settings say';
COMMENT ON COLUMN tides.fourmost_bulk.rows IS 'So many rows go in one request now';
COMMENT ON COLUMN tides.fourmost_bulk.too_many IS 'So many rows had no clear answer, or were refused as a whole';
COMMENT ON COLUMN tides.fourmost_bulk.failures IS 'How often so many or fewer failed, since as many were stored';
COMMENT ON COLUMN tides.fourmost_bulk.believed_until IS 'Until then no request has so many rows again';
COMMENT ON COLUMN tides.fourmost_bulk.worked IS 'Whether anything was stored since the last failure: a server that is down says nothing of sizes';
