-- In: a stream. Out: its candidates that were set aside since Lasair failed at their light curve wait again where their
-- pause is over, with one attempt left. A repeat finds none.
UPDATE tides.candidate AS c
SET waiting = true,
    waiting_since = now(),
    attempts = greatest(c.attempts - 1, 0)
FROM tides.lasair_failure AS f
WHERE (c.lane, c.stream) = ('live', %(stream)s)
    AND (f.survey, f.object_id, f.call) = (c.survey, c.object_id, 'light curve')
    AND c.problem IS NOT NULL
    AND NOT c.waiting
    AND NOT EXISTS (
        SELECT FROM tides.lasair_rests AS r
        WHERE (r.survey, r.object_id, r.call) = (f.survey, f.object_id, f.call)
    );
