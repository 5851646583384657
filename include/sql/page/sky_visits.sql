-- In: how many. Out: the candidate visits as last read, in 4MOST's order, each with how many of our targets it may observe that
-- 4MOST still has as active.
SELECT v.visit_no, v.visit, v.tile, v.ra, v.dec, v.planned, o.targets
FROM (SELECT * FROM tides.candidate_visit ORDER BY visit_no LIMIT %(most)s) AS v
CROSS JOIN LATERAL (
    SELECT count(*) AS targets FROM tides.observable_next AS n WHERE n.visit_no = v.visit_no
) AS o
ORDER BY v.visit_no;
