-- What is selected for a control sample alone is marked, on its verdicts and on the target.

ALTER TABLE tides.selection ADD COLUMN control boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN tides.selection.control IS 'Passed for the control sample alone: one criterion, the one named, does not hold';

ALTER TABLE tides.tides_master ADD COLUMN control boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN tides.tides_master.control IS 'Only a control sample has ever selected it: to be left out of what the function selects, and to measure it by';
