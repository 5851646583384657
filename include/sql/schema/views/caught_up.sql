-- Until when (JD UTC) each survey has been read to the end, in all partitions of its streams. A survey of which a
-- partition never was has no row.
CREATE OR REPLACE VIEW tides.caught_up AS
SELECT l.survey, min(tides.jd_utc(o.caught_up_at)) AS jd
FROM tides.survey_limits_asked() AS l
JOIN tides.stream_offset AS o ON o.lane = 'live' AND o.stream = ANY (l.streams)
GROUP BY l.survey
HAVING bool_and(o.caught_up_at IS NOT NULL);
COMMENT ON VIEW tides.caught_up IS 'Until when (JD UTC) each survey has been read to the end';
