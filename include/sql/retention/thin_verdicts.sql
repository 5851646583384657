-- In: a survey, an age (s), where the last piece ended, how many at most. Out: of the next so many objects of targets that
-- were last seen longer ago, and with which all is over, each live verdict is gone that nothing reads any more. Of each
-- stream, function and hash these stay: the first pass and the first failure, the newest pass and the newest of all, by
-- number and as merged, each pass whose trigger was the earliest so far, and all whose input is kept. pruned_object says
-- what went, with what an export of an earlier time reads. A repeat finds the next ones.
WITH walked AS MATERIALIZED (
{% include "retention/walked_targets.sql" %}
), ranked AS (
    SELECT
        s.selection_id, s.survey, s.object_id, s.judged_at,
        row_number() OVER (same ORDER BY s.merged_at DESC, s.selection_id DESC) = 1
            OR row_number() OVER (same ORDER BY s.selection_id DESC) = 1
            OR row_number() OVER (alike ORDER BY s.selection_id) = 1
            OR row_number() OVER (alike ORDER BY s.merged_at DESC, s.selection_id DESC) = 1
            OR s.passed AND (
                s.trigger_jd < coalesce(min(s.trigger_jd) OVER before, 'Infinity')
                OR s.trigger_known < coalesce(min(s.trigger_known) OVER before, 'infinity')
                OR coalesce(s.trigger_jd, s.last_jd)
                    < coalesce(min(coalesce(s.trigger_jd, s.last_jd)) OVER before, 'Infinity')
            ) IS TRUE AS is_read
    FROM walked AS w
    JOIN tides.selection AS s ON (s.lane, s.survey, s.object_id) = ('live', w.survey, w.object_id)
    WHERE w.settled AND w.newest_jd < tides.jd_utc(now()) - %(age_s)s / 86400.0
    WINDOW
        same AS (PARTITION BY s.survey, s.object_id, s.stream, s.function, s.function_hash),
        alike AS (PARTITION BY s.survey, s.object_id, s.stream, s.function, s.function_hash, s.passed, s.control),
        before AS (alike ORDER BY s.selection_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), gone AS (
    DELETE FROM tides.selection AS s USING ranked AS r
    WHERE s.selection_id = r.selection_id
        AND NOT r.is_read
        AND r.judged_at < now() - make_interval(secs => %(age_s)s)
        AND NOT EXISTS (SELECT FROM tides.selection_input AS i WHERE i.selection_id = s.selection_id)
    RETURNING s.survey, s.object_id, s.judged_at, s.first_jd, s.last_jd
), told AS (
    INSERT INTO tides.pruned_object AS p (survey, object_id, judged_at, first_jd, last_jd)
    SELECT survey, object_id, array_agg(judged_at ORDER BY judged_at), array_agg(first_jd ORDER BY judged_at),
        array_agg(last_jd ORDER BY judged_at)
    FROM gone
    GROUP BY survey, object_id
    ORDER BY survey, object_id
    ON CONFLICT (survey, object_id) DO UPDATE
    SET judged_at = p.judged_at || excluded.judged_at,
        first_jd = p.first_jd || excluded.first_jd,
        last_jd = p.last_jd || excluded.last_jd,
        pruned_at = now()
)
SELECT
    (SELECT count(*) FROM walked) AS walked, NULL::timestamptz AS at, l.jd, l.object_id AS key,
    (SELECT count(*) FROM gone) AS gone
FROM (SELECT jd, object_id FROM walked ORDER BY jd DESC, object_id DESC LIMIT 1) AS l;
