-- The sums of a night that is over are kept: the page shows 90 of them, and counting them takes seconds at 200 targets an
-- hour. The report of a live run fills the table (reports/keep_nights.sql); what it lacks is counted when it is asked for.
CREATE TABLE tides.night_step (
    night    date NOT NULL,
    what     text NOT NULL,
    targets  integer NOT NULL CHECK (targets >= 0),
    median_h double precision,
    late_h   double precision,
    PRIMARY KEY (night, what)
);
COMMENT ON TABLE tides.night_step IS 'How many targets did the same in a night that is over: were new, were created at 4MOST, came back, or ended for the same reason. A few rows a night, and kept';
COMMENT ON COLUMN tides.night_step.night IS 'The UTC day';
COMMENT ON COLUMN tides.night_step.what IS 'new, created, live again, or why it ended; a night that is kept has the first two always';
COMMENT ON COLUMN tides.night_step.median_h IS 'Of targets created at 4MOST, the hours from the message that made them pass: half of them took no longer';
COMMENT ON COLUMN tides.night_step.late_h IS 'The same hours: nine in ten of them took no longer';
