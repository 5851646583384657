-- "Not seen" counts nights in which the target's own place was visited, no longer nights in which the survey observed
-- anywhere. Places are HEALPix cells; Python gives them (evaluation/surveys.py), also to what is stored already.
ALTER TABLE tides.candidate ADD COLUMN cell integer;
COMMENT ON COLUMN tides.candidate.cell IS 'The cell of its position, of the survey''s grid; -1: it has no position; NULL: not placed yet';
CREATE INDEX candidate_unplaced ON tides.candidate (survey) WHERE cell IS NULL;
ALTER TABLE tides.tides_alias ADD COLUMN cell integer;
COMMENT ON COLUMN tides.tides_alias.cell IS 'The cell of its position, of the survey''s grid; NULL: not placed yet';
ALTER TABLE tides.night_seen ADD COLUMN cell integer;
COMMENT ON COLUMN tides.night_seen.cell IS 'The cell of its position then; -1: it has no position; NULL: not placed yet';
CREATE INDEX night_seen_unplaced ON tides.night_seen (stream) WHERE cell IS NULL;

CREATE TABLE tides.cell_night (
    stream  text NOT NULL,
    night   integer NOT NULL,
    cell    integer NOT NULL CHECK (cell >= 0),
    objects integer NOT NULL,
    PRIMARY KEY (stream, night, cell)
);
COMMENT ON TABLE tides.cell_night IS 'How many distinct objects of a cell a stream brought whose last detection lies in a night; of the last nights only';

-- Code from before this migration writes neither of these. Code from after it does not read unobserved_nights.
ALTER TABLE tides.live_limits ADD COLUMN visit_objects integer NOT NULL DEFAULT 1;
ALTER TABLE tides.survey_limits ADD COLUMN unobserved_visits integer;
