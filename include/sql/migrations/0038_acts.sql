-- The page lists what people released, replayed and buried: it must not read all events for that.
-- optional: an index, which the code works without
CREATE INDEX event_acts ON tides.event (opened_at)
WHERE kind IN ('released', 'first start released', 'refusals released', 'dead letters replayed', 'message buried');
