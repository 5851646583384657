-- In: refreshed alerts without a new detection, each with the hash of the alert before. Out: the light curve that was
-- got for the one before is that of the refreshed one, so that it is not asked for again. Can be repeated.
UPDATE tides.light_curve AS l
SET alert_hash = r.new
FROM (
    SELECT object_id, decode(old, 'hex') AS old, decode(new, 'hex') AS new
    FROM jsonb_to_recordset(%(alerts)s::jsonb) AS a (object_id text, old text, new text)
    ORDER BY object_id
) AS r
WHERE (l.lane, l.survey, l.object_id) = ('live', %(survey)s, r.object_id)
    AND l.alert_hash = r.old;
