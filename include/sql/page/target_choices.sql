-- In: at most how many of each. Out: what a list of targets can be asked for: surveys, lists and visits, by their names.
(SELECT 'survey' AS what, survey AS choice FROM tides.survey ORDER BY precedence LIMIT %(most)s)
UNION ALL
(
    -- A look-up in the index a list, not a row an entry.
    WITH RECURSIVE named AS (
        (SELECT list FROM tides.listed ORDER BY list LIMIT 1)
        UNION ALL
        SELECT (SELECT l.list FROM tides.listed AS l WHERE l.list > n.list ORDER BY l.list LIMIT 1)
        FROM named AS n
        WHERE n.list IS NOT NULL
    )
    SELECT 'list', list FROM named WHERE list IS NOT NULL LIMIT %(most)s
)
UNION ALL
(
    SELECT 'visit', n.name
    FROM (SELECT coalesce(visit, tile) AS name, min(visit_no) AS first FROM tides.candidate_visit GROUP BY 1) AS n
    ORDER BY n.first
    LIMIT %(most)s
);
