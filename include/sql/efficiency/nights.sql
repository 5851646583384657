-- In: streams. Out: the nights, in the survey's own numbers, of which each has brought an object.
SELECT stream, night
FROM tides.survey_night
WHERE stream = ANY (%(streams)s)
    AND objects > 0
ORDER BY stream, night;
