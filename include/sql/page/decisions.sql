-- In: how many decisions, and how many names of each. Out: the newest decisions of people, also those that were undone,
-- each with what it is on and the targets that a place meets.
SELECT
    d.decision_id, d.verb, m.name, d.ra, d.dec, d.radius_arcsec, t.targets, d.reason, d.by, d.at,
    d.undone_at, d.undone_by, d.undone_reason,
    max(d.decision_id) OVER () AS newest, count(d.undone_at) OVER ()::integer AS undone
FROM (SELECT * FROM tides.operator_decision ORDER BY decision_id DESC LIMIT %(most)s) AS d
LEFT JOIN LATERAL (SELECT name FROM tides.target WHERE tides_id = d.tides_id OFFSET 0) AS m ON true
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(s.name ORDER BY s.name), '{}') AS targets
    FROM (
        SELECT t.name
        FROM tides.target AS t
        WHERE t.dec BETWEEN d.dec - d.radius_arcsec / 3600 AND d.dec + d.radius_arcsec / 3600
            AND tides.separation_arcsec(t.ra, t.dec, d.ra, d.dec) <= d.radius_arcsec
            AND t.name IS NOT NULL
        LIMIT %(met)s
    ) AS s
) AS t
ORDER BY d.decision_id DESC;
