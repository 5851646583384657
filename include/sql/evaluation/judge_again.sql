-- Puts the candidates of streams whose functions changed back among the waiting, where the light curve of their newest
-- alert is stored: they are judged without a call.
UPDATE tides.candidate AS c
SET waiting = true,
    waiting_since = now(),
    attempts = 0
FROM tides.light_curve AS l
WHERE c.lane = 'live'
    AND c.stream = ANY (%(streams)s)
    AND NOT c.waiting
    AND (l.lane, l.survey, l.object_id, l.alert_hash) = (c.lane, c.survey, c.object_id, c.alert_hash);
