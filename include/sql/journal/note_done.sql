-- In: a task instance of an attempt that has ended well. Out: it has no row.
DELETE FROM tides.run_task
WHERE (run_id, task_id, map_index) = (%(run_id)s, %(task_id)s, %(map_index)s);
