-- In: what we want of targets at 4MOST, as JSON. Touches only what changed.
INSERT INTO tides.fourmost_target AS f (kind, id, name, state, wanted, problem)
SELECT 'sn', w.id, w.name, w.state, w.wanted, w.problem
FROM jsonb_to_recordset(%(wanted)s::jsonb) AS w (id integer, name text, state text, wanted jsonb, problem text)
ORDER BY w.id
ON CONFLICT (kind, id) DO UPDATE
SET state = excluded.state,
    wanted = excluded.wanted,
    problem = excluded.problem
WHERE (f.state, f.wanted, f.problem) IS DISTINCT FROM (excluded.state, excluded.wanted, excluded.problem);
