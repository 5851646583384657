-- In: forms of criteria, as JSON. Out: each is kept, once. A repeat changes nothing. In order of the key, so two writers do
-- not deadlock.
INSERT INTO tides.criteria_form (hash, content)
SELECT g.hash, g.form::json
FROM (
    SELECT DISTINCT sha256(convert_to(u.form, 'UTF8')) AS hash, u.form
    FROM unnest(%(forms)s::text[]) AS u (form)
) AS g
-- The conflict alone would use up a number each time.
WHERE NOT EXISTS (SELECT FROM tides.criteria_form AS k WHERE k.hash = g.hash)
ORDER BY g.hash
ON CONFLICT DO NOTHING;
