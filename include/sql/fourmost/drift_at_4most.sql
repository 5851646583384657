-- In: rows of 4MOST, as JSON {id, name, survey, is_active, told}, `told` being the fields that we write; our prefix and
-- surveys. Out: the rows that are not as we know them, each with its kind of drift and, where we have one, the target.
-- A row under way is left to the Tell protocol.
SELECT g.id AS pk, g.name, d.drift, k.id AS tides_id
FROM jsonb_to_recordset(%(rows)s::jsonb) AS g (id bigint, name text, survey integer, is_active boolean, told jsonb)
LEFT JOIN tides.fourmost_key AS k ON k.pk = g.id
LEFT JOIN tides.fourmost_target AS f ON f.id = k.id
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN k.pk IS NULL THEN 'unknown'
        WHEN k.name <> g.name OR k.status = 'foreign' THEN 'other target'
        WHEN k.status = 'double' AND g.is_active THEN 'double'
        WHEN k.status = 'current' AND f.sending_since IS NULL AND f.told IS DISTINCT FROM g.told THEN 'differs'
    END AS drift
) AS d
WHERE d.drift IS NOT NULL
    AND (
        d.drift <> 'unknown'
        OR EXISTS (SELECT FROM tides.target AS m WHERE m.name = g.name)
        OR g.survey = ANY (%(surveys)s::integer[]) AND g.name ~ ('^' || %(prefix)s || '(-H)?[0-9]{2}[a-z]{3,4}$')
    )
ORDER BY g.id;
