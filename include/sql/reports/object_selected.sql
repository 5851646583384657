-- In: a survey's object. Out: a row if a function in use passes it in the live lane.
SELECT
FROM tides.selection AS s
JOIN tides.function_in_use AS u ON (u.stream, u.name, u.hash) = (s.stream, s.function, s.function_hash)
WHERE (s.lane, s.survey, s.object_id) = ('live', %(survey)s, %(object_id)s)
    AND s.passed
LIMIT 1;
