-- In: two moments, a target's name (else empty), how many of the first new ones count, and how many before and after it are
-- given. Out: targets that were new between the moments, in order: those about the one of that name, else about the first.
-- Each has its place, and the number of all that count. Host galaxies are left out.
WITH new AS MATERIALIZED (
    SELECT
        h.tides_id, h.at, h.reason, m.name,
        row_number() OVER (ORDER BY h.at, h.history_id)::integer AS place,
        (count(*) OVER ())::integer AS number
    FROM (
        SELECT tides_id, at, history_id, reason
        FROM tides.tides_history
        WHERE at >= %(since)s AND at < %(until)s AND step = 'selected'
        ORDER BY at, history_id
        LIMIT %(most)s
    ) AS h
    CROSS JOIN LATERAL (SELECT name FROM tides.tides_master AS m WHERE m.tides_id = h.tides_id OFFSET 0) AS m
), shown AS (
    SELECT coalesce((SELECT min(place) FROM new WHERE name = %(name)s), 1) AS place
)
SELECT n.tides_id, n.name, n.at, n.reason, n.place, n.number
FROM new AS n
CROSS JOIN shown AS s
WHERE n.place BETWEEN s.place - %(about)s AND s.place + %(about)s
ORDER BY n.place;
