-- In: a survey's object. Out: what Lasair fails at when it is asked for it, how often in a row, since when last and why, and
-- whether it is not asked again for now.
SELECT f.call, f.failures, f.failed_at, f.said, r.call IS NOT NULL AS rests
FROM tides.lasair_failure AS f
LEFT JOIN tides.lasair_rests AS r USING (survey, object_id, call)
WHERE (f.survey, f.object_id) = (%(survey)s, %(object_id)s)
ORDER BY f.call;
