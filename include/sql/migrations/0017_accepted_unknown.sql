-- A person can let a column's implausible values through as unknown, where a stream was stopped for them.
CREATE TABLE tides.accepted_unknown (
    stream text NOT NULL,
    name   text NOT NULL,
    by     text NOT NULL,
    at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (stream, name)
);
COMMENT ON TABLE tides.accepted_unknown IS 'Columns whose implausible values are taken as unknown, until they are mostly plausible again';
