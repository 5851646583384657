-- In: a lane, a survey, and what was measured on light curves, with the hash of the bytes that were measured. Out: how
-- many rows changed. A light curve that has been replaced meanwhile keeps its own. Can be repeated: only rows that
-- differ are written. They are locked in order of the key, so two writers do not deadlock.
WITH given AS (
    SELECT *
    FROM unnest(
        %(object_id)s::text[], %(hash)b::bytea[], %(detections)s::integer[], %(nights)s::integer[],
        %(first_jd)s::double precision[], %(last_jd)s::double precision[], %(resumed_jd)s::double precision[],
        %(bands)s::jsonb[]
    ) AS g (object_id, hash, detections, nights, first_jd, last_jd, resumed_jd, bands)
),
locked AS (
    SELECT c.object_id, g.detections, g.nights, g.first_jd, g.last_jd, g.resumed_jd, g.bands
    FROM tides.light_curve AS c
    JOIN given AS g ON g.object_id = c.object_id AND g.hash = c.hash
    WHERE c.lane = %(lane)s AND c.survey = %(survey)s
        AND (c.detections, c.nights, c.first_jd, c.last_jd, c.resumed_jd, c.bands)
            IS DISTINCT FROM (g.detections, g.nights, g.first_jd, g.last_jd, g.resumed_jd, g.bands)
    ORDER BY c.object_id
    FOR NO KEY UPDATE OF c
)
UPDATE tides.light_curve AS c
SET detections = l.detections,
    nights = l.nights,
    first_jd = l.first_jd,
    last_jd = l.last_jd,
    resumed_jd = l.resumed_jd,
    bands = l.bands
FROM locked AS l
WHERE c.lane = %(lane)s AND c.survey = %(survey)s AND c.object_id = l.object_id;
