-- In: an age (s), the words in place of a report, where the last piece ended, how many at most. Out: of the next so many
-- attempts that ended longer ago the report's text is gone, and what objects were checked in them. Row, times and counts
-- stay. A repeat finds the next ones.
WITH walked AS MATERIALIZED (
    SELECT run_id, ended_at
    FROM tides.bridge_run
    WHERE ended_at >= coalesce(%(at)s::timestamptz, 'epoch')
        AND (ended_at > coalesce(%(at)s::timestamptz, 'epoch') OR run_id > %(key)s)
        AND ended_at < now() - make_interval(secs => %(age_s)s)
    ORDER BY ended_at, run_id
    LIMIT %(most)s
), gone AS (
    UPDATE tides.bridge_run AS r
    SET report = %(words)s
    FROM walked AS w
    WHERE r.run_id = w.run_id
    RETURNING r.run_id
), checked AS (
    DELETE FROM tides.checked_object AS c USING walked AS w WHERE c.run_id = w.run_id
    RETURNING c.object_id
)
SELECT
    (SELECT count(*) FROM walked) AS walked, l.ended_at AS at, NULL::double precision AS jd, l.run_id AS key,
    (SELECT count(*) FROM gone) + (SELECT count(*) FROM checked) AS gone
FROM (SELECT ended_at, run_id FROM walked ORDER BY ended_at DESC, run_id DESC LIMIT 1) AS l;
