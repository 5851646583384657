-- In: a target, how many. Out: 4MOST's newest answers to what was sent of it, the oldest of them first; of a row that it
-- stored whether it is active, and its magnitude (AB) with the band.
SELECT at, verb, outcome, active, mag, mag_type
FROM (
    SELECT
        e.exchange_id,
        e.at,
        e.verb,
        e.outcome,
        CASE jsonb_typeof(e.content -> 'is_active') WHEN 'boolean' THEN (e.content ->> 'is_active')::boolean END AS active,
        CASE jsonb_typeof(e.content -> 'mag') WHEN 'number' THEN (e.content ->> 'mag')::double precision END AS mag,
        e.content ->> 'mag_type' AS mag_type
    FROM tides.fourmost_exchange AS e
    WHERE e.id = %(tides_id)s AND e.part = 'answer' AND e.verb IN ('create', 'change')
    ORDER BY e.exchange_id DESC
    LIMIT %(most)s
) AS newest
ORDER BY exchange_id;
