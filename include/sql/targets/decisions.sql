-- Out: the decisions of people that stand, the newest first, each with what it is on and the targets that it meets.
SELECT
    d.decision_id,
    d.verb,
    coalesce(m.name, format('%s %s, %s arcsec', d.ra, d.dec, d.radius_arcsec)) AS "on",
    (
        SELECT string_agg(t.name, ', ' ORDER BY t.name)
        FROM tides.decision_on_target AS o
        JOIN tides.target AS t USING (tides_id)
        WHERE o.decision_id = d.decision_id
    ) AS targets,
    d.reason,
    d.by,
    d.at
FROM tides.operator_decision AS d
LEFT JOIN tides.target AS m USING (tides_id)
WHERE d.undone_at IS NULL
ORDER BY d.decision_id DESC;
