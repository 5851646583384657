-- Who undoes a decision on the page says why, as for every act there. And what was ever decided of a target is found
-- by an index: the one there is has what stands alone.
ALTER TABLE tides.operator_decision ADD COLUMN undone_reason text;
COMMENT ON COLUMN tides.operator_decision.undone_reason IS 'Why it was undone; NULL: it stands, or nobody said';
CREATE INDEX operator_decision_on ON tides.operator_decision (tides_id);
