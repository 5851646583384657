-- In: an age (s), how many rows at most. Out: run_task without its oldest rows that failed so long ago. The reports of their
-- runs still name them. A repeat drops what is left of them.
DELETE FROM tides.run_task AS t
USING (
    SELECT run_id, task_id, map_index
    FROM tides.run_task
    WHERE failed_at < now() - make_interval(secs => %(age_s)s)
    ORDER BY failed_at
    LIMIT %(most)s
) AS o
WHERE (t.run_id, t.task_id, t.map_index) = (o.run_id, o.task_id, o.map_index);
