-- The page counts the steps of the last nights: it must not read the whole history for that.
-- optional: an index, which the code works without
CREATE INDEX tides_history_at ON tides.tides_history (at);
