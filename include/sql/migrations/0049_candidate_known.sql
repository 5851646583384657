-- A preview on the page looks first at the objects that a stream spoke of last.
-- optional: an index, which the code works without
CREATE INDEX candidate_known ON tides.candidate (stream, known_at DESC, object_id) WHERE lane = 'live';
