-- In: every change that the guard holds now, as JSON. Out: these held, all others free; a release that is not needed any
-- more, because the target is as 4MOST has it, is forgotten.
UPDATE tides.fourmost_target AS f
SET held = h.held,
    held_since = CASE WHEN h.held IS NOT DISTINCT FROM f.held THEN f.held_since ELSE now() END,
    released_by = CASE WHEN n.needed THEN f.released_by END,
    released_at = CASE WHEN n.needed THEN f.released_at END
FROM (
    SELECT id FROM tides.fourmost_target WHERE held IS NOT NULL OR released_at IS NOT NULL
    UNION
    SELECT id FROM jsonb_to_recordset(%(held)s::jsonb) AS h (id integer)
) AS g
CROSS JOIN LATERAL (SELECT * FROM tides.fourmost_target WHERE id = g.id OFFSET 0) AS t
LEFT JOIN jsonb_to_recordset(%(held)s::jsonb) AS h (id integer, held text) ON h.id = t.id
CROSS JOIN LATERAL (SELECT t.wanted IS DISTINCT FROM t.told AND t.wanted IS NOT NULL AS needed) AS n
WHERE t.id = f.id
    AND (f.held IS DISTINCT FROM h.held OR (f.released_at IS NOT NULL AND NOT n.needed));
