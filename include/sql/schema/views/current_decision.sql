-- What people have decided of a target or host: the newest decision that stands, on itself or on its place.
CREATE OR REPLACE VIEW tides.current_decision AS
SELECT DISTINCT ON (tides_id) tides_id, verb, reason, by
FROM tides.decision_on_target
WHERE undone_at IS NULL
ORDER BY tides_id, decision_id DESC;
COMMENT ON VIEW tides.current_decision IS 'The newest decision that stands, of each target and host that has one';
