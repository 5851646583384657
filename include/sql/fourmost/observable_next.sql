-- Out: our targets that may be observed next, the brightest first, each with its visits and tiles and, where 4MOST says
-- it, when they are planned.
SELECT
    name,
    mag,
    string_agg(concat_ws(' ', visit, 'tile ' || tile), ', ' ORDER BY visit_no) AS visits,
    string_agg(DISTINCT planned, ', ') AS planned
FROM tides.observable_next
GROUP BY id, name, mag
ORDER BY mag, name;
