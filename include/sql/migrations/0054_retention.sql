-- How far retention has come, and what it has taken from each target: `tides trace` says so in place of silence. A dead
-- letter can be given up by a person: only then, or once it was read, may it go.
CREATE TABLE tides.retention_mark (
    what     text NOT NULL,
    part     text NOT NULL DEFAULT '',
    at       timestamptz,
    jd       double precision,
    key      text NOT NULL DEFAULT '',
    gone     bigint NOT NULL DEFAULT 0,
    moved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (what, part)
);
COMMENT ON TABLE tides.retention_mark IS 'Up to where retention has looked at what is too old, in the order of an index: it looks at nothing twice';
COMMENT ON COLUMN tides.retention_mark.what IS 'The setting of `retention`';
COMMENT ON COLUMN tides.retention_mark.part IS 'The stream or the survey; empty: there are no parts';
COMMENT ON COLUMN tides.retention_mark.at IS 'The time of the last row that was looked at';
COMMENT ON COLUMN tides.retention_mark.jd IS 'The same, JD UTC, where the rows are ordered by when an object was last seen';
COMMENT ON COLUMN tides.retention_mark.key IS 'Of several rows of one time the last one that was looked at';
COMMENT ON COLUMN tides.retention_mark.gone IS 'How many rows have gone in all';
COMMENT ON COLUMN tides.retention_mark.moved_at IS 'When it was moved last';

CREATE TABLE tides.pruned_object (
    survey                text NOT NULL,
    object_id             text NOT NULL,
    judged_at             timestamptz[] NOT NULL DEFAULT '{}',
    first_jd              double precision[] NOT NULL DEFAULT '{}',
    last_jd               double precision[] NOT NULL DEFAULT '{}',
    light_curve_stored_at timestamptz,
    pruned_at             timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (survey, object_id)
);
COMMENT ON TABLE tides.pruned_object IS 'What retention took from the objects of targets: nothing of a target goes without a word here';
COMMENT ON COLUMN tides.pruned_object.judged_at IS 'When the verdicts that have gone had been judged';
COMMENT ON COLUMN tides.pruned_object.first_jd IS 'The first detection (JD UTC) of each of their light curves: an export of an earlier time has it';
COMMENT ON COLUMN tides.pruned_object.last_jd IS 'The last detection of each, likewise';
COMMENT ON COLUMN tides.pruned_object.light_curve_stored_at IS 'When the newest light curve had been stored that has gone; NULL: none has';
COMMENT ON COLUMN tides.pruned_object.pruned_at IS 'When something went last';

ALTER TABLE tides.dead_letter ADD COLUMN given_up_at timestamptz;
ALTER TABLE tides.dead_letter ADD COLUMN given_up_by text;
COMMENT ON COLUMN tides.dead_letter.given_up_at IS 'When a person gave it up; NULL: it may still be read';
COMMENT ON COLUMN tides.dead_letter.given_up_by IS 'Who gave it up';
