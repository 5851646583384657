-- The events of one target or object are asked for by their subject.
-- optional: whoever asks waits longer without it, and nothing else reads it
-- The subject of some events is a name and a key, with a blank between them: so they are found by how it begins, too.
CREATE INDEX event_subject ON tides.event (subject text_pattern_ops);
