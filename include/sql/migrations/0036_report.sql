-- What the report looks for among the rows told to 4MOST has an index.
-- optional: indexes only
CREATE INDEX fourmost_target_told ON tides.fourmost_target (told_at);
CREATE INDEX fourmost_target_refused ON tides.fourmost_target (id) WHERE refusal IS NOT NULL;
