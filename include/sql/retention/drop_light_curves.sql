-- In: a survey, an age (s), where the last piece ended, how many at most. Out: of the next so many objects of targets that
-- were last seen longer ago, and with which all is over, the newest light curve is gone where that of a verdict is kept,
-- which the page then shows. pruned_object says so. A repeat finds the next ones.
WITH walked AS MATERIALIZED (
{% include "retention/walked_targets.sql" %}
), gone AS (
    DELETE FROM tides.light_curve AS l USING walked AS w
    WHERE (l.lane, l.survey, l.object_id) = ('live', w.survey, w.object_id)
        AND w.settled
        AND w.newest_jd < tides.jd_utc(now()) - %(age_s)s / 86400.0
        AND l.stored_at < now() - make_interval(secs => %(age_s)s)
        AND EXISTS (
            SELECT FROM tides.selection_input AS i WHERE (i.survey, i.object_id) = (w.survey, w.object_id)
        )
    RETURNING l.survey, l.object_id, l.stored_at
), told AS (
    INSERT INTO tides.pruned_object AS p (survey, object_id, light_curve_stored_at)
    SELECT survey, object_id, stored_at
    FROM gone
    ORDER BY survey, object_id
    ON CONFLICT (survey, object_id) DO UPDATE
    SET light_curve_stored_at = excluded.light_curve_stored_at,
        pruned_at = now()
)
SELECT
    (SELECT count(*) FROM walked) AS walked, NULL::timestamptz AS at, l.jd, l.object_id AS key,
    (SELECT count(*) FROM gone) AS gone
FROM (SELECT jd, object_id FROM walked ORDER BY jd DESC, object_id DESC LIMIT 1) AS l;
