-- In: a survey's object. Out: its live candidates wait, with no attempt used, and are older than any message. Can be
-- repeated.
UPDATE tides.candidate
SET known_at = 'epoch',
    said_at = NULL,
    last_jd = NULL,
    waiting = true,
    waiting_since = now(),
    attempts = 0,
    problem = NULL
WHERE (lane, survey, object_id) = ('live', %(survey)s, %(object_id)s);
