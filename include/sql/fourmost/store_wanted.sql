-- In: what we want of targets at 4MOST, as JSON. Touches only what changed; what is wanted absent and never was anything
-- else gets no row.
INSERT INTO tides.fourmost_target AS f (id, name, state, wanted, problem, priority)
SELECT w.id, w.name, w.state, w.wanted, w.problem, w.priority
FROM jsonb_to_recordset(%(wanted)s::jsonb) AS w (
    id integer, name text, state text, wanted jsonb, problem text, priority integer
)
WHERE w.state <> 'absent'
    OR EXISTS (SELECT FROM tides.fourmost_target AS f WHERE f.id = w.id)
ORDER BY w.id
ON CONFLICT (id) DO UPDATE
SET state = excluded.state,
    wanted = excluded.wanted,
    problem = excluded.problem,
    priority = excluded.priority,
    refusal = CASE WHEN excluded.wanted IS DISTINCT FROM f.told THEN f.refusal END
WHERE (f.state, f.wanted, f.problem, f.priority)
    IS DISTINCT FROM (excluded.state, excluded.wanted, excluded.problem, excluded.priority);
