-- In: a lane, a survey, and columns of light curves as arrays. Out: how many rows changed. The measurements of
-- the old light curve stay until the new one is measured. Can be repeated: only rows that differ are written, in
-- order of the key, so two writers do not deadlock.
WITH given AS (
    SELECT *
    FROM unnest(
        %(object_id)s::text[], %(raw)b::bytea[], %(hash)b::bytea[], %(source)s::text[], %(alert_hash)b::bytea[]
    ) AS g (object_id, raw, hash, source, alert_hash)
),
written AS (
    INSERT INTO tides.light_curve AS c (lane, survey, object_id, raw, hash, source, alert_hash)
    SELECT %(lane)s, %(survey)s, object_id, raw, hash, source, alert_hash
    FROM given
    ORDER BY object_id
    ON CONFLICT (lane, survey, object_id) DO UPDATE
    SET raw = excluded.raw,
        hash = excluded.hash,
        source = excluded.source,
        alert_hash = excluded.alert_hash,
        stored_at = now()
    WHERE (c.hash, c.source, c.alert_hash) IS DISTINCT FROM (excluded.hash, excluded.source, excluded.alert_hash)
    RETURNING object_id
)
SELECT count(*) AS rows FROM written;
