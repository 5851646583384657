-- In: an attempt and when it started. Out: what the tables know of its work, as one row of counts with the names of the
-- report's, and when it last wrote something.
SELECT v.verdicts_new, v.selected, t.created, s.sent, s.deactivated, greatest(v.at, t.at, s.at) AS last_sign
FROM (
    SELECT
        count(*) AS verdicts_new,
        count(DISTINCT (survey, object_id)) FILTER (WHERE passed) AS selected,
        max(judged_at) AS at
    FROM tides.selection
    WHERE run_id = %(run_id)s
) AS v
CROSS JOIN (
    SELECT count(*) FILTER (WHERE step = 'created') AS created, max(at) AS at
    FROM tides.tides_history
    WHERE by = %(run_id)s AND at >= %(started_at)s
) AS t
CROSS JOIN (
    SELECT
        count(DISTINCT id) FILTER (WHERE outcome = 'stored') AS sent,
        count(DISTINCT id) FILTER (WHERE outcome = 'stored' AND content ->> 'is_active' = 'false') AS deactivated,
        max(at) AS at
    FROM tides.fourmost_exchange
    WHERE run_id = %(run_id)s AND at >= %(started_at)s AND (part = 'request' OR verb IN ('create', 'change'))
) AS s;
