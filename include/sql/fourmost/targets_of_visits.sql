-- In: candidate_visit, and what of their targets the visits themselves name, as JSON {visit_no, keys, names}: keys at
-- 4MOST and names there, both null where a visit names none; the radius of a tile (deg). Out: candidate_visit_target, of
-- the targets that 4MOST holds as active: those that are named, or, where none are named, that the tile lies over.
WITH named AS (
    SELECT *
    FROM jsonb_to_recordset(%(named)s::jsonb) AS n (visit_no integer, keys bigint[], names text[])
), ours AS MATERIALIZED (
    SELECT a.id, a.ra, a.dec, k.pk, k.name
    FROM tides.active_at_4most AS a
    JOIN tides.fourmost_key AS k USING (id)
    WHERE k.status IN ('current', 'double')
)
INSERT INTO tides.candidate_visit_target (visit_no, target_id)
SELECT n.visit_no, o.id
FROM named AS n
CROSS JOIN LATERAL unnest(n.keys) AS key
JOIN ours AS o ON o.pk = key
UNION
SELECT n.visit_no, o.id
FROM named AS n
CROSS JOIN LATERAL unnest(n.names) AS called
JOIN ours AS o ON o.name = called
UNION
SELECT v.visit_no, o.id
FROM named AS n
JOIN tides.candidate_visit AS v USING (visit_no)
JOIN ours AS o
    ON o.dec BETWEEN v.dec - %(radius_deg)s::double precision AND v.dec + %(radius_deg)s::double precision
    AND tides.separation_arcsec(o.ra, o.dec, v.ra, v.dec) <= 3600 * %(radius_deg)s::double precision
WHERE n.keys IS NULL AND n.names IS NULL;
