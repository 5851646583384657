-- In: a stream, an age (s), where the last piece ended, how many at most. Out: of the next so many candidates whose newest
-- alert is older, those that never became a target and that no function ever passed are forgotten, with light curves,
-- verdicts, and what these were made from. What waits, what could not be judged and what is locked stays. A repeat finds
-- the next ones. uncount_objects.sql follows in the same transaction.
WITH walked AS MATERIALIZED (
    SELECT survey, object_id, known_at
    FROM tides.candidate
    WHERE lane = 'live'
        AND stream = %(part)s
        AND known_at >= coalesce(%(at)s::timestamptz, 'epoch')
        AND (known_at > coalesce(%(at)s::timestamptz, 'epoch') OR object_id < %(key)s)
        AND known_at < now() - make_interval(secs => %(age_s)s)
    ORDER BY known_at, object_id DESC
    LIMIT %(most)s
), held AS MATERIALIZED (
    SELECT c.survey, c.object_id
    FROM walked AS w
    JOIN tides.candidate AS c ON (c.lane, c.survey, c.object_id) = ('live', w.survey, w.object_id)
    WHERE NOT c.waiting
        AND c.problem IS NULL
        AND c.known_at > 'epoch'
        AND c.known_at < now() - make_interval(secs => %(age_s)s)
        AND NOT EXISTS (
            SELECT FROM tides.tides_alias AS a WHERE (a.survey, a.object_id) = (w.survey, w.object_id)
        )
        AND NOT EXISTS (
            SELECT FROM tides.selection AS s WHERE (s.survey, s.object_id) = (w.survey, w.object_id) AND s.passed
        )
    ORDER BY c.survey, c.object_id, c.stream
    FOR UPDATE OF c SKIP LOCKED
), gone AS MATERIALIZED (  -- an object of two streams goes when both have forgotten it
    SELECT h.survey, h.object_id
    FROM held AS h
    GROUP BY h.survey, h.object_id
    HAVING count(*) = (
        SELECT count(*) FROM tides.candidate AS c WHERE (c.lane, c.survey, c.object_id) = ('live', h.survey, h.object_id)
    )
), inputs AS (
    DELETE FROM tides.selection_input AS i USING gone AS g
    WHERE (i.survey, i.object_id) = (g.survey, g.object_id)
    RETURNING i.selection_id
), curves AS (
    DELETE FROM tides.judged_curve AS j USING gone AS g
    WHERE (j.survey, j.object_id) = (g.survey, g.object_id)
    RETURNING j.hash
), verdicts AS (
    DELETE FROM tides.selection AS s USING gone AS g
    WHERE (s.lane, s.survey, s.object_id) = ('live', g.survey, g.object_id)
    RETURNING s.selection_id
), light_curves AS (
    DELETE FROM tides.light_curve AS l USING gone AS g
    WHERE (l.lane, l.survey, l.object_id) = ('live', g.survey, g.object_id)
    RETURNING l.object_id
), failures AS (
    DELETE FROM tides.lasair_failure AS f USING gone AS g
    WHERE (f.survey, f.object_id) = (g.survey, g.object_id)
    RETURNING f.object_id
), candidates AS (
    DELETE FROM tides.candidate AS c USING gone AS g
    WHERE (c.lane, c.survey, c.object_id) = ('live', g.survey, g.object_id)
    RETURNING c.object_id
)
SELECT
    (SELECT count(*) FROM walked) AS walked,
    l.known_at AS at,
    NULL::double precision AS jd,
    l.object_id AS key,
    (SELECT count(*) FROM inputs) + (SELECT count(*) FROM curves) + (SELECT count(*) FROM verdicts)
        + (SELECT count(*) FROM light_curves) + (SELECT count(*) FROM failures) + (SELECT count(*) FROM candidates) AS gone,
    (SELECT coalesce(array_agg(survey), '{}') FROM gone) AS surveys,
    (SELECT coalesce(array_agg(object_id), '{}') FROM gone) AS objects
FROM (SELECT known_at, object_id FROM walked ORDER BY known_at DESC, object_id LIMIT 1) AS l;
