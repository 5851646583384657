-- In: the temporary tables incoming_alert (one row an object: its newest alert of this batch, and how many messages
-- were folded into it) and incoming_night. Out: candidate, light_curve, survey_night.
-- An older alert never overwrites a newer one, so that the result does not depend on how messages fall into batches.
-- Runs in the transaction that moved the bookmark: it can't be applied twice.

INSERT INTO tides.candidate AS c (
    lane, stream, object_id, survey, alert, alert_hash, known_at, ra, dec, first_jd, last_jd, detections,
    sherlock_class, bands, messages, origin, waiting
)
SELECT
    lane, stream, object_id, survey, alert, alert_hash, known_at, ra, dec, first_jd, last_jd, detections,
    sherlock_class, bands, messages, origin, waits
FROM incoming_alert
ORDER BY lane, stream, object_id
ON CONFLICT (lane, stream, object_id) DO UPDATE SET messages = c.messages + excluded.messages
WHERE excluded.messages > 0;

UPDATE tides.candidate AS c
SET alert = i.alert,
    alert_hash = i.alert_hash,
    known_at = i.known_at,
    ra = i.ra,
    dec = i.dec,
    first_jd = i.first_jd,
    last_jd = i.last_jd,
    detections = i.detections,
    sherlock_class = i.sherlock_class,
    bands = i.bands,
    origin = i.origin,
    waiting = c.waiting OR (i.waits AND c.alert_hash <> i.alert_hash),
    waiting_since = CASE
        WHEN c.waiting OR NOT i.waits OR c.alert_hash = i.alert_hash THEN c.waiting_since
        ELSE now()
    END,
    attempts = CASE WHEN c.alert_hash = i.alert_hash THEN c.attempts ELSE 0 END,
    problem = CASE WHEN c.alert_hash = i.alert_hash THEN c.problem END
FROM incoming_alert AS i
WHERE (c.lane, c.stream, c.object_id) = (i.lane, i.stream, i.object_id)
    AND (coalesce(i.last_jd, 0), i.known_at, i.alert_hash) > (coalesce(c.last_jd, 0), c.known_at, c.alert_hash);

INSERT INTO tides.light_curve AS l (lane, survey, object_id, raw, hash, source, alert_hash)
SELECT DISTINCT ON (i.lane, i.survey, i.object_id)
    i.lane, i.survey, i.object_id, i.light_curve, i.light_curve_hash, 'message', i.alert_hash
FROM incoming_alert AS i
JOIN tides.candidate AS c ON (c.lane, c.stream, c.object_id) = (i.lane, i.stream, i.object_id)
    AND c.alert_hash = i.alert_hash
WHERE i.light_curve IS NOT NULL
ORDER BY i.lane, i.survey, i.object_id
ON CONFLICT (lane, survey, object_id) DO UPDATE
SET raw = excluded.raw,
    hash = excluded.hash,
    source = excluded.source,
    alert_hash = excluded.alert_hash,
    stored_at = now()
WHERE (l.hash, l.alert_hash) IS DISTINCT FROM (excluded.hash, excluded.alert_hash);

WITH seen AS (
    INSERT INTO tides.night_seen (stream, night, object_id)
    SELECT stream, night, object_id
    FROM incoming_night
    ORDER BY stream, night, object_id
    ON CONFLICT DO NOTHING
    RETURNING stream, night
)
INSERT INTO tides.survey_night AS n (stream, night, objects)
SELECT stream, night, count(*)
FROM seen
GROUP BY stream, night
ORDER BY stream, night
ON CONFLICT (stream, night) DO UPDATE SET objects = n.objects + excluded.objects;
