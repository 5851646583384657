-- Our targets on 4MOST's candidate visits.
CREATE OR REPLACE VIEW tides.observable_next AS
SELECT a.id, a.name, a.mag, v.visit_no, v.visit, v.tile, v.planned, v.read_at
FROM tides.candidate_visit AS v
JOIN tides.candidate_visit_target AS t USING (visit_no)
JOIN tides.active_at_4most AS a ON a.id = t.target_id;
COMMENT ON VIEW tides.observable_next IS 'Our targets that 4MOST may observe next, once for each visit that may';
