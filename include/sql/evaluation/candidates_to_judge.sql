-- The candidates of a chunk that still wait, with the columns of their alert.
SELECT object_id, survey, alert, alert_hash, known_at, last_jd, ra, dec, sherlock_class
FROM tides.candidate
WHERE lane = %(lane)s
    AND stream = %(stream)s
    AND object_id = ANY (%(ids)s)
    AND waiting
ORDER BY object_id;
