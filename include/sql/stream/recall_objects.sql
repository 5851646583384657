-- In: object ids, a replay's lane. Out: their newest alerts and light curves, copied from the live lane to that lane,
-- where they wait for evaluation. Can be repeated: rows that the lane has already stay.
WITH copied AS (
    INSERT INTO tides.candidate (
        lane, stream, object_id, survey, alert, alert_hash, known_at, ra, dec, cell, first_jd, last_jd, detections,
        sherlock_class, bands, messages, origin
    )
    SELECT
        %(lane)s, stream, object_id, survey, alert, alert_hash, known_at, ra, dec, cell, first_jd, last_jd, detections,
        sherlock_class, bands, messages, 'hand'
    FROM tides.candidate
    WHERE lane = 'live'
        AND stream = %(stream)s
        AND object_id = ANY (%(objects)s)
    ORDER BY object_id
    ON CONFLICT DO NOTHING
    RETURNING survey, object_id
), curves AS (
    INSERT INTO tides.light_curve (lane, survey, object_id, raw, hash, source, alert_hash)
    SELECT %(lane)s, l.survey, l.object_id, l.raw, l.hash, l.source, l.alert_hash
    FROM copied AS c
    JOIN tides.light_curve AS l ON (l.lane, l.survey, l.object_id) = ('live', c.survey, c.object_id)
    ORDER BY l.survey, l.object_id
    ON CONFLICT DO NOTHING
)
SELECT count(*) AS objects FROM copied;
