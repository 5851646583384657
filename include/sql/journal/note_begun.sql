-- In: a task instance of an attempt, and its label. Its try has begun: what an earlier one failed by is forgotten.
INSERT INTO tides.run_task AS t (run_id, task_id, map_index, label)
VALUES (%(run_id)s, %(task_id)s, %(map_index)s, %(label)s)
ON CONFLICT (run_id, task_id, map_index) DO UPDATE
SET label = excluded.label,
    began_at = now(),
    fault = NULL,
    error = NULL,
    failed_at = NULL;
