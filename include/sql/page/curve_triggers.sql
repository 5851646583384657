-- In: a survey's object, how many. Out: for each function that has passed it in the live lane the earliest trigger (JD UTC)
-- of its verdicts, when that was known, when it was first judged so, and whether it was as a control; the earliest first.
SELECT
    s.function,
    min(s.trigger_jd) AS trigger_jd,
    min(s.trigger_known) AS known_at,
    min(s.judged_at) AS judged_at,
    bool_and(s.control) AS control
FROM tides.selection AS s
WHERE s.lane = 'live'
    AND (s.survey, s.object_id) = (%(survey)s, %(object_id)s)
    AND s.passed
    AND s.trigger_jd IS NOT NULL
GROUP BY s.function
ORDER BY min(s.trigger_jd), s.function
LIMIT %(most)s;
