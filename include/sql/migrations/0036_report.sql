-- What the report and the daily audit look for among the rows told to 4MOST and the verdicts has an index.
CREATE INDEX fourmost_target_told ON tides.fourmost_target (told_at);
CREATE INDEX fourmost_target_refused ON tides.fourmost_target (id) WHERE refusal IS NOT NULL;
