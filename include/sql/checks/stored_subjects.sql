-- In: a survey, object ids. Out: what a check judges of each object of the live lane: its newest alert with what the broker
-- said before, and its stored light curve (zlib; NULL: none is stored). Reads only.
SELECT DISTINCT ON (c.object_id)
    c.object_id, c.alert, c.ra, c.dec, c.sherlock_class, c.known_at, c.contexts, l.raw, l.source, l.stored_at
FROM tides.candidate AS c
LEFT JOIN tides.light_curve AS l USING (lane, survey, object_id)
WHERE c.lane = 'live' AND c.survey = %(survey)s AND c.object_id = ANY(%(object_id)s::text[])
ORDER BY c.object_id, c.known_at DESC, c.stream;
