-- In: a task instance of an attempt, and what it failed by. The newest word stays: a killed task's orphan may come late.
INSERT INTO tides.run_task AS t (run_id, task_id, map_index, label, fault, error, failed_at)
VALUES (%(run_id)s, %(task_id)s, %(map_index)s, %(label)s, %(fault)s, %(error)s, now())
ON CONFLICT (run_id, task_id, map_index) DO UPDATE
SET label = coalesce(excluded.label, t.label),
    fault = excluded.fault,
    error = excluded.error,
    failed_at = excluded.failed_at;
