-- What tides_check_objects finds is kept, and shown on the page: a folder of a worker is no place for an answer.
CREATE TABLE tides.checked_object (
    run_id        text NOT NULL REFERENCES tides.run_attempt (run_id),
    object_id     text NOT NULL,
    survey        text NOT NULL,
    function      text NOT NULL,
    function_hash text NOT NULL,
    passed        boolean,
    trigger_jd    double precision,
    passes_now    boolean,
    control       boolean NOT NULL,
    criteria      jsonb NOT NULL,
    error         text,
    PRIMARY KEY (run_id, object_id)
);
COMMENT ON TABLE tides.checked_object IS 'What tides_check_objects said of each object, by the light curve of then; kept like the reports';
COMMENT ON COLUMN tides.checked_object.run_id IS 'The attempt that asked';
COMMENT ON COLUMN tides.checked_object.passed IS 'Some prefix of the light curve passes; NULL: it could not be judged';
COMMENT ON COLUMN tides.checked_object.trigger_jd IS 'The detection at which it passed first (JD UTC)';
COMMENT ON COLUMN tides.checked_object.criteria IS 'Each criterion with name, value, limit and whether it holds, as a verdict has them';
COMMENT ON COLUMN tides.checked_object.error IS 'Why it could not be judged';
