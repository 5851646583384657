-- In: a target. Out: what people have decided of it or of its place, in order, and what of it was undone.
SELECT d.decision_id AS number, d.at, d.verb, d.by, d.reason, d.undone_at, d.undone_by
FROM tides.tides_master AS m
JOIN tides.operator_decision AS d
    ON d.tides_id = m.tides_id
    OR m.dec BETWEEN d.dec - d.radius_arcsec / 3600 AND d.dec + d.radius_arcsec / 3600
        AND tides.separation_arcsec(m.ra, m.dec, d.ra, d.dec) <= d.radius_arcsec
WHERE m.tides_id = %(tides_id)s
ORDER BY d.decision_id;
