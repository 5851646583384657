-- In: a run id, and which attempt (NULL: all). Out: the attempts that have begun or reported, the oldest first.
SELECT
    coalesce(a.run_id, r.run_id) AS run_id,
    coalesce(a.attempt, 1) AS attempt,
    coalesce(a.lane, r.lane) AS lane,
    coalesce(a.started_at, r.started_at) AS started_at,
    r.ended_at
FROM tides.run_attempt AS a
FULL JOIN tides.bridge_run AS r ON r.run_id = a.run_id
WHERE coalesce(a.dag_run_id, r.run_id) = %(dag_run_id)s
    AND (%(attempt)s::integer IS NULL OR coalesce(a.attempt, 1) = %(attempt)s)
ORDER BY attempt;
