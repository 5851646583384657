-- In: a time. Out: the vetoes and forces up to then; without the persons. Reads only.
SELECT
    (p.key ->> 'decision_id')::integer AS decision_id, p.content ->> 'verb' AS verb, t.name,
    (p.content ->> 'ra')::double precision AS ra,
    (p.content ->> 'dec')::double precision AS dec,
    (p.content ->> 'radius_arcsec')::double precision AS radius,
    p.content ->> 'reason' AS reason,
    o.at,
    (p.content ->> 'undone_at')::timestamptz AS undone_at
FROM tides.past_at('operator_decision', %(as_of)s) AS p
CROSS JOIN LATERAL (
    SELECT min(f.at) AS at FROM tides.past AS f WHERE f.kind = 'operator_decision' AND f.key = p.key
) AS o
LEFT JOIN tides.target_at(%(as_of)s) AS t ON t.tides_id = (p.content ->> 'tides_id')::integer
ORDER BY decision_id;
