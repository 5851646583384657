-- In: a lane, a survey, and light curves that are not believed, each with the hash of its bytes. Out: they belong to no
-- alert, so that the broker is asked and the same bytes are not judged again. The measurements of the light curve before
-- stay. Can be repeated. Rows are locked in order of the key, so two writers do not deadlock.
WITH locked AS (
    SELECT c.object_id
    FROM tides.light_curve AS c
    JOIN unnest(%(object_id)s::text[], %(hash)b::bytea[]) AS g (object_id, hash)
        ON g.object_id = c.object_id AND g.hash = c.hash
    WHERE c.lane = %(lane)s AND c.survey = %(survey)s
    ORDER BY c.object_id
    FOR NO KEY UPDATE OF c
)
UPDATE tides.light_curve AS c
SET alert_hash = ''
FROM locked AS l
WHERE c.lane = %(lane)s AND c.survey = %(survey)s AND c.object_id = l.object_id;
