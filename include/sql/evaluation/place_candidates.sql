-- In: candidates by the hash of the alert that was judged, each with the mean position of its points (ICRS degrees) and
-- the cell of that. Out: they are there. A newer alert has a position of its own. Can be repeated.
UPDATE tides.candidate AS c
SET ra = m.ra,
    dec = m.dec,
    cell = m.cell
FROM (
    SELECT j.object_id, decode(j.alert_hash, 'hex') AS alert_hash, j.ra, j.dec, j.cell
    FROM jsonb_to_recordset(%(moved)s::jsonb) AS j (
        object_id text, alert_hash text, ra double precision, dec double precision, cell integer
    )
    ORDER BY j.object_id
) AS m
WHERE c.lane = %(lane)s
    AND c.stream = %(stream)s
    AND c.object_id = m.object_id
    AND c.alert_hash = m.alert_hash;
