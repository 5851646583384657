-- The nights that count (docs/science.md, "Unobserved"): complete ones in which the survey observed.
CREATE OR REPLACE VIEW tides.counted_night AS
SELECT n.survey, n.night
FROM (
    SELECT l.survey, n.night
    FROM tides.survey_limits_asked() AS l
    JOIN tides.survey_night AS n ON n.stream = ANY (l.streams)
    GROUP BY l.survey, n.night
    HAVING max(n.objects) >= (SELECT survey_night_objects FROM tides.live_limits_asked())
) AS n
JOIN tides.caught_up AS c USING (survey)
WHERE tides.night_end_jd(n.survey, n.night) <= c.jd;
COMMENT ON VIEW tides.counted_night IS 'Complete nights in which a survey observed, in its own numbers';
