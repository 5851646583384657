-- In: every change that the guard holds now, as JSON: reason -> ids. Out: these held, all others free; a release that is
-- not needed any more, because the target is as 4MOST has it, is forgotten.
WITH to_hold AS MATERIALIZED (
    SELECT i.id::integer, r.reason AS held
    FROM jsonb_each(%(held)s::jsonb) AS r (reason, ids)
    CROSS JOIN LATERAL jsonb_array_elements_text(r.ids) AS i (id)
)
UPDATE tides.fourmost_target AS f
SET held = h.held,
    held_since = CASE WHEN h.held IS NOT DISTINCT FROM f.held THEN f.held_since ELSE now() END,
    released_by = CASE WHEN n.needed THEN f.released_by END,
    released_at = CASE WHEN n.needed THEN f.released_at END
FROM (
    SELECT id FROM tides.fourmost_target WHERE held IS NOT NULL OR released_at IS NOT NULL
    UNION
    SELECT id FROM to_hold
) AS g
CROSS JOIN LATERAL (SELECT * FROM tides.fourmost_target WHERE id = g.id OFFSET 0) AS t
LEFT JOIN to_hold AS h ON h.id = t.id
CROSS JOIN LATERAL (SELECT t.wanted IS DISTINCT FROM t.told AND t.wanted IS NOT NULL AS needed) AS n
WHERE t.id = f.id
    AND (f.held IS DISTINCT FROM h.held OR (f.released_at IS NOT NULL AND NOT n.needed));
