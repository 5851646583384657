-- In: the temporary tables incoming_alert (one row an object: its newest alert of this batch, and how many messages
-- were folded into it) and incoming_night. Out: candidate, light_curve, survey_night, cell_night; an event where the broker took
-- detections back.
-- Of two messages the one that the broker sent later counts, whatever their dates: it may take detections back. So the
-- result does not depend on how messages fall into batches. The broker's database can lag its messages by minutes, and
-- its rows have no time of their own. Between a row and a message the later newest detection counts, else the later word.
-- Runs in the transaction that moved the bookmark: it can't be applied twice.

-- Each object's row is written once, whether its alert is the later word or one more message. What was told before is
-- read ahead, since the row forgets it.
WITH told AS (
    SELECT i.stream, i.object_id, i.last_jd, greatest(c.last_jd, i.before_jd) AS told_jd
    FROM incoming_alert AS i
    JOIN tides.candidate AS c ON (c.lane, c.stream, c.object_id) = (i.lane, i.stream, i.object_id)
    WHERE i.lane = 'live'
        AND i.last_jd < greatest(c.last_jd, i.before_jd) - 1.0 / 86400   -- closer dates: one detection (tides/clock.py)
        AND CASE
            WHEN i.origin <> 'stream' AND c.origin = 'stream' THEN
                (coalesce(i.last_jd, 0), i.known_at, i.alert_hash) > (coalesce(c.last_jd, 0), c.known_at, c.alert_hash)
            WHEN i.origin = 'stream' AND c.origin <> 'stream' THEN
                i.known_at >= coalesce(c.said_at, '-infinity')
                AND (i.known_at > c.known_at OR coalesce(i.last_jd, 0) > coalesce(c.last_jd, 0))
            ELSE (i.known_at, coalesce(i.last_jd, 0), i.alert_hash) > (c.known_at, coalesce(c.last_jd, 0), c.alert_hash)
        END
), folded AS (
    INSERT INTO tides.candidate AS c (
        lane, stream, object_id, survey, alert, alert_hash, known_at, ra, dec, cell, first_jd, last_jd, detections,
        sherlock_class, bands, messages, origin, waiting, said_at
    )
    SELECT
        lane, stream, object_id, survey, alert::jsonb, alert_hash, known_at, ra, dec, cell, first_jd, last_jd,
        detections, sherlock_class, bands::jsonb, messages, origin, waits, CASE WHEN origin = 'stream' THEN known_at END
    FROM incoming_alert
    ORDER BY object_id
    ON CONFLICT (lane, stream, object_id) DO UPDATE
    SET messages = c.messages + excluded.messages,
        said_at = greatest(c.said_at, excluded.said_at),
        (
            alert, alert_hash, known_at, ra, dec, cell, first_jd, last_jd, detections, sherlock_class, bands, origin,
            waiting, waiting_since, attempts, problem
        ) = (
            SELECT
                CASE WHEN later THEN excluded.alert ELSE c.alert END,
                CASE WHEN later THEN excluded.alert_hash ELSE c.alert_hash END,
                CASE WHEN later THEN excluded.known_at ELSE c.known_at END,
                CASE WHEN later THEN excluded.ra ELSE c.ra END,
                CASE WHEN later THEN excluded.dec ELSE c.dec END,
                CASE WHEN later THEN excluded.cell ELSE c.cell END,
                CASE WHEN later THEN excluded.first_jd ELSE c.first_jd END,
                CASE WHEN later THEN excluded.last_jd ELSE c.last_jd END,
                CASE WHEN later THEN excluded.detections ELSE c.detections END,
                CASE WHEN later THEN excluded.sherlock_class ELSE c.sherlock_class END,
                CASE WHEN later THEN excluded.bands ELSE c.bands END,
                CASE WHEN later THEN excluded.origin ELSE c.origin END,
                c.waiting OR (news AND excluded.waiting),
                CASE WHEN news AND excluded.waiting AND NOT c.waiting THEN now() ELSE c.waiting_since END,
                CASE WHEN news THEN 0 ELSE c.attempts END,
                CASE WHEN NOT news THEN c.problem END
            FROM (
                SELECT later, later AND c.alert_hash <> excluded.alert_hash AS news
                FROM (
                    SELECT CASE
                        WHEN excluded.origin <> 'stream' AND c.origin = 'stream' THEN
                            (coalesce(excluded.last_jd, 0), excluded.known_at, excluded.alert_hash)
                            > (coalesce(c.last_jd, 0), c.known_at, c.alert_hash)
                        WHEN excluded.origin = 'stream' AND c.origin <> 'stream' THEN
                            excluded.known_at >= coalesce(c.said_at, '-infinity')
                            AND (
                                excluded.known_at > c.known_at
                                OR coalesce(excluded.last_jd, 0) > coalesce(c.last_jd, 0)
                            )
                        ELSE (excluded.known_at, coalesce(excluded.last_jd, 0), excluded.alert_hash)
                            > (c.known_at, coalesce(c.last_jd, 0), c.alert_hash)
                    END AS later
                    OFFSET 0   -- worked out once a row
                ) AS word
                OFFSET 0
            ) AS word
        )
)
INSERT INTO tides.event (kind, subject, detail, closed_at)
SELECT 'taken back', stream, jsonb_build_object(
        'objects', count(*),
        'object_id', (array_agg(object_id ORDER BY object_id))[1],
        'from_jd', (array_agg(told_jd ORDER BY object_id))[1],
        'to_jd', (array_agg(last_jd ORDER BY object_id))[1]
    ), now()
FROM told
GROUP BY stream
ORDER BY stream;

-- A message sent twice may bring another light curve under the same columns: that is news, too.
WITH stored AS (
    INSERT INTO tides.light_curve AS l (lane, survey, object_id, raw, hash, source, alert_hash)
    SELECT
        i.lane, i.survey, i.object_id, i.light_curve, i.light_curve_hash, 'message', i.alert_hash
    FROM incoming_alert AS i
    JOIN tides.candidate AS c ON (c.lane, c.stream, c.object_id) = (i.lane, i.stream, i.object_id)
        AND (c.alert_hash, c.known_at) = (i.alert_hash, i.known_at)
    WHERE i.light_curve IS NOT NULL
    ORDER BY i.object_id
    ON CONFLICT (lane, survey, object_id) DO UPDATE
    SET raw = excluded.raw,
        hash = excluded.hash,
        source = excluded.source,
        alert_hash = excluded.alert_hash,
        stored_at = now()
    WHERE (l.hash, l.alert_hash) IS DISTINCT FROM (excluded.hash, excluded.alert_hash)
    RETURNING l.lane, l.survey, l.object_id, l.alert_hash
)
UPDATE tides.candidate AS c
SET waiting = true,
    waiting_since = now(),
    attempts = 0
FROM stored AS s
WHERE (c.lane, c.survey, c.object_id, c.alert_hash) = (s.lane, s.survey, s.object_id, s.alert_hash)
    AND NOT c.waiting;

WITH seen AS (
    INSERT INTO tides.night_seen (stream, night, object_id, cell)
    SELECT stream, night, object_id, cell
    FROM incoming_night
    ORDER BY stream, night, object_id, cell
    ON CONFLICT DO NOTHING
    RETURNING stream, night, cell
), placed AS (
    INSERT INTO tides.cell_night AS n (stream, night, cell, objects)
    SELECT stream, night, cell, count(*)
    FROM seen
    WHERE cell >= 0
    GROUP BY stream, night, cell
    ORDER BY stream, night, cell
    ON CONFLICT (stream, night, cell) DO UPDATE SET objects = n.objects + excluded.objects
)
INSERT INTO tides.survey_night AS n (stream, night, objects)
SELECT stream, night, count(*)
FROM seen
GROUP BY stream, night
ORDER BY stream, night
ON CONFLICT (stream, night) DO UPDATE SET objects = n.objects + excluded.objects;
