-- How many of a night's objects passed each function, and how many failed each of its criteria: a rate that falls far
-- below the usual one is told (evaluation/rates.py).
CREATE TABLE tides.night_rate (
    stream        text NOT NULL,
    night         date NOT NULL,
    function      text NOT NULL,
    function_hash text NOT NULL,
    judged        integer NOT NULL CHECK (judged >= 0),
    passed        integer NOT NULL CHECK (passed BETWEEN 0 AND judged),
    set_aside     integer NOT NULL CHECK (set_aside >= 0),
    unusual       boolean NOT NULL DEFAULT false,
    PRIMARY KEY (stream, night, function, function_hash)
) WITH (fillfactor = 80);
COMMENT ON TABLE tides.night_rate IS 'Per stream, night and function the number of its live verdicts, and of those that passed';
COMMENT ON COLUMN tides.night_rate.night IS 'The UTC day on which they were judged';
COMMENT ON COLUMN tides.night_rate.passed IS 'Without the control sample';
COMMENT ON COLUMN tides.night_rate.set_aside IS 'Objects whose light curve could not be had or read, each once an alert';
COMMENT ON COLUMN tides.night_rate.unusual IS 'A rate of this night fell: it is no measure for later nights';

CREATE TABLE tides.night_criterion (
    stream        text NOT NULL,
    night         date NOT NULL,
    function      text NOT NULL,
    function_hash text NOT NULL,
    criterion     text NOT NULL,
    judged        integer NOT NULL CHECK (judged >= 0),
    failed        integer NOT NULL CHECK (failed >= 0),
    unknown       integer NOT NULL CHECK (unknown >= 0),
    PRIMARY KEY (stream, night, function, function_hash, criterion),
    CHECK (failed + unknown <= judged)
) WITH (fillfactor = 80);
COMMENT ON TABLE tides.night_criterion IS 'The same verdicts by criterion: how many failed it, and for how many it was unknown';
