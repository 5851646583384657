-- In which nights that count (tides.counted_night) each cell of the sky was visited (docs/science.md, "Unobserved").
CREATE OR REPLACE VIEW tides.visited_night AS
SELECT l.survey, n.night, n.cell
FROM tides.survey_limits_asked() AS l
JOIN tides.cell_night AS n ON n.stream = ANY (l.streams)
JOIN tides.counted_night AS c ON (c.survey, c.night) = (l.survey, n.night)
GROUP BY l.survey, n.night, n.cell
HAVING max(n.objects) >= (SELECT visit_objects FROM tides.live_limits_asked());
COMMENT ON VIEW tides.visited_night IS 'Complete nights in which a survey visited a cell of its grid, in its own numbers';
