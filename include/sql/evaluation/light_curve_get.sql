-- In: a lane, a survey, object ids. Out: their light curves as stored (zlib), with what was last measured. Reads only.
SELECT object_id, raw, hash, source, alert_hash, bands, stored_at
FROM tides.light_curve
WHERE lane = %(lane)s AND survey = %(survey)s AND object_id = ANY(%(object_id)s::text[]);
