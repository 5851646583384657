-- What 4MOST observes for us, by its own values.
CREATE OR REPLACE VIEW tides.active_at_4most AS
SELECT
    f.id, f.name,
    (t.told ->> 'ra')::double precision AS ra,
    (t.told ->> 'dec')::double precision AS dec,
    (t.told ->> 'mag')::double precision AS mag
FROM tides.fourmost_target AS f
CROSS JOIN LATERAL (SELECT coalesce(f.told, f.before_told) AS told) AS t
WHERE f.state = 'live' AND t.told ->> 'is_active' = 'true';
COMMENT ON VIEW tides.active_at_4most IS 'The targets that 4MOST holds as active, and that we want so; its own values';
