-- In: an attempt. Out: its task instances that are red.
SELECT task_id, map_index, label, fault, error
FROM tides.run_task
WHERE run_id = %(run_id)s AND fault IS NOT NULL
ORDER BY task_id, map_index;
