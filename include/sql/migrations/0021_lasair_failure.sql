-- What Lasair fails at: one object that it cannot be asked for, or told of, while it answers for others. Such an object
-- is asked for last, and after growing pauses.
CREATE TABLE tides.lasair_failure (
    survey    text NOT NULL,
    object_id text NOT NULL,
    call      text NOT NULL CHECK (call IN ('light curve', 'row', 'entry at TNS', 'hosts', 'annotation')),
    failures  integer NOT NULL DEFAULT 1,
    failed_at timestamptz NOT NULL DEFAULT now(),
    said      text NOT NULL,
    PRIMARY KEY (survey, object_id, call)
);
COMMENT ON TABLE tides.lasair_failure IS 'Objects that Lasair fails at, by what it was asked; a good answer removes the row';
COMMENT ON COLUMN tides.lasair_failure.call IS 'What failed: the light curve, the row of its database, the entry at TNS, the hosts, or our annotation';
COMMENT ON COLUMN tides.lasair_failure.failures IS 'How often in a row; of a light curve, how often the object was set aside for it';
COMMENT ON COLUMN tides.lasair_failure.said IS 'Why, at the last failure';
