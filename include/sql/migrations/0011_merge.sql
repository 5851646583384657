-- Two targets that turn out to be one: the younger says which one it has become.

ALTER TABLE tides.tides_master
    ADD COLUMN merged_into integer REFERENCES tides.tides_master CHECK (merged_into <> tides_id);
CREATE INDEX tides_master_merged ON tides.tides_master (merged_into) WHERE merged_into IS NOT NULL;
COMMENT ON COLUMN tides.tides_master.merged_into IS
    'The target that this one turned out to be: there are its objects, magnitudes, spectra and decisions';

ALTER TABLE tides.tides_history DROP CONSTRAINT tides_history_step_check;
ALTER TABLE tides.tides_history ADD CONSTRAINT tides_history_step_check CHECK (step IN (
    'selected', 'created', 'ingested', 'deactivated', 'reactivated', 'vetoed', 'forced', 'observed', 'merged'
));
