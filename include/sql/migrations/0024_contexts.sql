-- What the broker said of an object when each part of its light curve was first judged. A later word does not change what
-- passed, or did not pass, before it.
ALTER TABLE tides.candidate ADD COLUMN contexts jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN tides.candidate.contexts IS 'The columns that functions read, as said when the detections up to until_jd (JD UTC) were first judged; the oldest first';
ALTER TABLE tides.selection ADD COLUMN context_until_jd double precision;
COMMENT ON COLUMN tides.selection.context_until_jd IS 'Detections up to then (JD UTC) were judged by what the broker had said before; NULL: all by what it says now';
