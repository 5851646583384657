-- In: a survey, a span of dates (JD UTC). Out: the objects of the live lane whose newest detection lies in it, each once; an
-- alert that names no detection counts with the time at which it was sent. Reads only.
SELECT DISTINCT object_id
FROM tides.candidate
WHERE lane = 'live'
    AND survey = %(survey)s
    AND coalesce(last_jd, extract(epoch FROM known_at)::double precision / 86400 + 2440587.5) >= %(since_jd)s
    AND coalesce(last_jd, extract(epoch FROM known_at)::double precision / 86400 + 2440587.5) < %(until_jd)s
ORDER BY object_id;
