-- The candidates of a chunk that still wait, with the columns of their alert. Of one that a person freed, what is known is
-- known now.
SELECT
    object_id, alert, alert_hash, CASE WHEN known_at = 'epoch' THEN now() ELSE known_at END AS known_at, last_jd,
    detections, bands, ra, dec, sherlock_class
FROM tides.candidate
WHERE lane = %(lane)s
    AND stream = %(stream)s
    AND object_id = ANY (%(ids)s)
    AND waiting
ORDER BY object_id;
