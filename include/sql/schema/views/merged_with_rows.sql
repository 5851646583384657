-- Targets that were merged into another one, and still have something that moves on to it.
CREATE OR REPLACE VIEW tides.merged_with_rows AS
SELECT m.tides_id, m.merged_into AS kept
FROM tides.tides_master AS m
WHERE m.merged_into IS NOT NULL
    AND (
        EXISTS (SELECT FROM tides.tides_alias AS a WHERE a.tides_id = m.tides_id)
        OR EXISTS (SELECT FROM tides.target_band AS b WHERE b.tides_id = m.tides_id)
        OR EXISTS (SELECT FROM tides.tides_spectrum AS s WHERE s.tides_id = m.tides_id)
        OR EXISTS (SELECT FROM tides.operator_decision AS d WHERE d.tides_id = m.tides_id)
        OR EXISTS (SELECT FROM tides.host_candidate AS c WHERE c.tides_id = m.tides_id)
    );
COMMENT ON VIEW tides.merged_with_rows IS 'Merged targets that still have something that moves on to the one that stays';
