-- Decisions with the targets that they are on.
CREATE OR REPLACE VIEW tides.decision_on_target AS
SELECT tides_id, decision_id, verb, reason, by, at, undone_at, undone_by, undone_reason
FROM tides.operator_decision
WHERE tides_id IS NOT NULL
UNION ALL
SELECT m.tides_id, d.decision_id, d.verb, d.reason, d.by, d.at, d.undone_at, d.undone_by, d.undone_reason
FROM tides.operator_decision AS d
JOIN tides.target AS m
    ON m.dec BETWEEN d.dec - d.radius_arcsec / 3600 AND d.dec + d.radius_arcsec / 3600
    AND tides.separation_arcsec(m.ra, m.dec, d.ra, d.dec) <= d.radius_arcsec
WHERE d.tides_id IS NULL;
COMMENT ON VIEW tides.decision_on_target IS 'Each decision, the undone ones too, with each target that it is on, by itself or by its place';
