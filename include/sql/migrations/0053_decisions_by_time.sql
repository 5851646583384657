-- What people decided since somebody's last visit is found by its time, however many decisions there were.
-- optional: two indexes, which the code works without
CREATE INDEX operator_decision_made ON tides.operator_decision (at) WHERE cause IS NULL;
CREATE INDEX operator_decision_undone ON tides.operator_decision (undone_at) WHERE cause IS NULL AND undone_at IS NOT NULL;
