-- Out: what the guard holds, by its reason: since when, what it would change at 4MOST, and the first names.
SELECT
    held,
    count(*) AS number,
    min(held_since) AS since,
    count(*) FILTER (WHERE coalesce(told, before_told) IS NULL) AS creates,
    count(*) FILTER (WHERE coalesce(told, before_told) IS NOT NULL AND wanted ->> 'is_active' = 'false') AS switches_off,
    (array_agg(name ORDER BY id))[:10] AS names
FROM tides.fourmost_target
WHERE differs AND held IS NOT NULL
GROUP BY held
ORDER BY held;
