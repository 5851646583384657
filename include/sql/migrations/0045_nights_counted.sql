-- The report counts tonight, too, so that no look at the page counts a night: a night has the moment of its counting.
ALTER TABLE tides.night_step ADD COLUMN counted_at timestamptz NOT NULL DEFAULT now();
COMMENT ON TABLE tides.night_step IS 'How many targets did the same in a night: were new, were created at 4MOST, came back, or ended for the same reason. A few rows a night, and kept';
COMMENT ON COLUMN tides.night_step.what IS 'new, created, live again, or why they ended; a night that is counted has the first two always';
COMMENT ON COLUMN tides.night_step.counted_at IS 'A night that was counted an hour after its end, or later, is not counted again';
