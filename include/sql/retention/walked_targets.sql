-- Included by the pieces that look at what was once a target. In: a survey, an age (s), where the last piece ended, how many at
-- most. Out: the next so many objects of targets that were last seen longer ago, each with whether all is over with it.
    SELECT survey, object_id, jd, newest_jd, settled
    FROM tides.settled_object
    WHERE survey = %(part)s
        AND jd >= coalesce(%(jd)s::double precision, 0)
        AND (jd > coalesce(%(jd)s::double precision, 0) OR object_id > %(key)s)
        AND jd < tides.jd_utc(now()) - %(age_s)s / 86400.0
    ORDER BY jd, object_id
    LIMIT %(most)s
