-- The targets whose wanted row may not be the stored one any more. In: the priority of each template. Out: their ids, in
-- order, as one array. What is left out is as targets_to_tell.sql and wanted.py would make it again:
-- a target that is not live, and that 4MOST holds as switched off or never had: its row is the one told, with the flag off;
-- a live one that 4MOST has ingested and holds as active: its row is the one told, with the flag on. So neither
-- magnitudes, redshifts and places nor the clock, templates and limits count for it; the priority alone does.
-- Each set has an index of its own, so that an hour does not read what was told in the years before.
WITH may_have_changed AS (
    SELECT tides_id AS id FROM tides.tides_master WHERE active
    UNION
    SELECT tides_id FROM tides.tides_hosts WHERE active
    UNION
    SELECT id FROM tides.fourmost_target WHERE state = 'live'
    UNION
    SELECT id FROM tides.fourmost_target WHERE differs
)
SELECT coalesce(array_agg(c.id ORDER BY c.id), '{}') AS ids
FROM may_have_changed AS c
CROSS JOIN LATERAL (
    SELECT active, template FROM tides.target WHERE tides_id = c.id OFFSET 0
) AS m
LEFT JOIN LATERAL (
    SELECT
        state = 'live'
            AND date_ingested IS NOT NULL
            AND NOT differs
            AND told -> 'is_active' = 'true'
            AND problem IS NULL
            AND priority = coalesce((%(priorities)s::jsonb ->> m.template)::integer, 0) AS is_settled
    FROM tides.fourmost_target
    WHERE id = c.id
    OFFSET 0
) AS f ON true
WHERE NOT (m.active AND coalesce(f.is_settled, false));
