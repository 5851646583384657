-- What the SQL steps have to know of each survey. The rows come from the surveys' modules (evaluation/note_surveys.sql).
CREATE TABLE tides.survey (
    survey        text PRIMARY KEY,
    precedence    integer NOT NULL,
    night_kind    text NOT NULL CHECK (night_kind IN ('counted', 'dated')),
    night_zero_jd double precision NOT NULL CHECK (night_zero_jd BETWEEN 2400000 AND 2600000)
);
COMMENT ON TABLE tides.survey IS 'The surveys, as their modules describe them: written by migrate and at the start of a live run';
COMMENT ON COLUMN tides.survey.precedence IS 'Where several surveys know a target, the lowest counts';
COMMENT ON COLUMN tides.survey.night_kind IS 'A night is called by its count from night_zero_jd, or by the UTC date on which it begins, YYYYMMDD';
COMMENT ON COLUMN tides.survey.night_zero_jd IS 'JD UTC at which the first counted night begins; each lasts 24 hours';
