-- In: an age (s), how many rows at most. Out: run_task without its oldest rows that failed so long ago. The reports of their
-- runs still name them. A repeat drops what is left of them.
WITH walked AS (
    SELECT run_id, task_id, map_index, failed_at
    FROM tides.run_task
    WHERE failed_at < now() - make_interval(secs => %(age_s)s)
    ORDER BY failed_at
    LIMIT %(most)s
), gone AS (
    DELETE FROM tides.run_task AS t USING walked AS w
    WHERE (t.run_id, t.task_id, t.map_index) = (w.run_id, w.task_id, w.map_index)
)
SELECT count(*) AS walked, max(failed_at) AS at, NULL::double precision AS jd, '' AS key, count(*) AS gone FROM walked;
