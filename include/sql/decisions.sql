-- Out: the decisions of people that stand, the newest first, each with what it is on and the targets that it meets.
SELECT
    d.decision_id,
    d.verb,
    coalesce(m.name, format('%s %s, %s arcsec', d.ra, d.dec, d.radius_arcsec)) AS "on",
    coalesce(m.name, (
        SELECT string_agg(t.name, ', ' ORDER BY t.name)
        FROM tides.tides_master AS t
        WHERE t.dec BETWEEN d.dec - d.radius_arcsec / 3600 AND d.dec + d.radius_arcsec / 3600
            AND tides.separation_arcsec(t.ra, t.dec, d.ra, d.dec) <= d.radius_arcsec
    )) AS targets,
    d.reason,
    d.by,
    d.at
FROM tides.operator_decision AS d
LEFT JOIN tides.tides_master AS m USING (tides_id)
WHERE d.undone_at IS NULL
ORDER BY d.decision_id DESC;
