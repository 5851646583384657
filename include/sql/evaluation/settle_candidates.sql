-- In: the alerts that were judged, by their hash. An alert that came in the meantime goes on waiting.
UPDATE tides.candidate AS c
SET waiting = false,
    attempts = 0,
    problem = NULL
FROM (
    SELECT j.object_id, decode(j.alert_hash, 'hex') AS alert_hash
    FROM jsonb_to_recordset(%(judged)s::jsonb) AS j (object_id text, alert_hash text)
    ORDER BY j.object_id
) AS j
WHERE c.lane = %(lane)s
    AND c.stream = %(stream)s
    AND c.object_id = j.object_id
    AND c.alert_hash = j.alert_hash
    AND c.waiting;
