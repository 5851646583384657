-- Two indexes for questions: the objects near a position, and the events of one target or object.
-- optional: whoever asks waits longer without them, and nothing else reads them
CREATE INDEX candidate_dec ON tides.candidate (dec) WHERE lane = 'live';

-- The subject of some events is a name and a key, with a blank between them: so they are found by how it begins, too.
CREATE INDEX event_subject ON tides.event (subject text_pattern_ops);
