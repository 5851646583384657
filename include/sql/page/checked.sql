-- In: an attempt of tides_check_objects, and how many. Out: what it said of each object, and of how many in all: what
-- passes first, and what could not be judged last.
SELECT object_id, survey, function, passed, trigger_jd, passes_now, control, criteria, error, count(*) OVER () AS number
FROM tides.checked_object
WHERE run_id = %(run)s
ORDER BY passed DESC NULLS LAST, object_id
LIMIT %(most)s;
