-- A verdict stores what it found of each criterion. What all verdicts of a function share (names, limits, windows, notes)
-- is stored once, as a form. Verdicts from before keep their criteria in full, and tides.verdict reads both.
-- Code from before this migration reads an empty list for the criteria of a newer verdict.
CREATE TABLE tides.criteria_form (
    form_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hash    bytea NOT NULL UNIQUE,
    content json NOT NULL
);
COMMENT ON TABLE tides.criteria_form IS 'What the criteria of verdicts have in common: their names, limits, windows and notes';
COMMENT ON COLUMN tides.criteria_form.hash IS 'sha256 of the content';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tides.criteria_form
    EXECUTE FUNCTION tides.refuse_change();

ALTER TABLE tides.selection ALTER COLUMN criteria SET DEFAULT '[]';
ALTER TABLE tides.selection ADD COLUMN form_id bigint;
ALTER TABLE tides.selection ADD COLUMN found json;
ALTER TABLE tides.selection ADD CONSTRAINT selection_found_check CHECK ((form_id IS NULL) = (found IS NULL));
COMMENT ON COLUMN tides.selection.criteria IS 'In full, where the verdict has no form: from before there were forms';
COMMENT ON COLUMN tides.selection.form_id IS 'The form of its criteria (tides.criteria_form)';
COMMENT ON COLUMN tides.selection.found IS 'Of each criterion of the form: value, whether it holds, and the same of its parts';
