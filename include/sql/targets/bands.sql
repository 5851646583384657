-- In: tides_stage. Out: target_band. Magnitudes, band by band, from the light curve; a message column only where the
-- light curve has no such band, or one older by more than a day (Rubin's *_latestMJD are 32-bit and off by up to 1.2 h).
-- A measured light curve of the live lane knows all detections from its first one on. So what was known of that time and
-- is in no light curve of the target has been taken back, and goes. What was known of earlier times stays: an alert's
-- light curve begins at most a year before it. Where an object of the target has no light curve in the live lane, as
-- after a replay, nothing goes.
WITH staged AS (
    SELECT a.tides_id, s.survey, s.object_id, s.message_bands, s.bands, s.covers_jd
    FROM tides_stage AS s
    JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (s.survey, s.object_id)
), sibling AS (          -- further objects of the same target in the same survey
    SELECT DISTINCT ON (a.survey, a.object_id)
        a.tides_id, a.survey, a.object_id, coalesce(c.bands, '{}') AS message_bands, l.bands,
        CASE WHEN l.bands IS NOT NULL THEN coalesce(l.first_jd, c.first_jd) END AS covers_jd
    FROM (SELECT DISTINCT tides_id, survey FROM staged) AS t
    JOIN tides.tides_alias AS a ON (a.tides_id, a.survey) = (t.tides_id, t.survey)
    LEFT JOIN tides.candidate AS c ON (c.lane, c.survey, c.object_id) = ('live', a.survey, a.object_id)
    LEFT JOIN tides.light_curve AS l ON (l.lane, l.survey, l.object_id) = ('live', a.survey, a.object_id)
    WHERE NOT EXISTS (SELECT FROM staged AS s WHERE (s.survey, s.object_id) = (a.survey, a.object_id))
    ORDER BY a.survey, a.object_id, c.known_at DESC NULLS LAST
), object AS (
    SELECT * FROM staged
    UNION ALL
    SELECT * FROM sibling WHERE %(lane)s = 'live'
), covered AS (
    SELECT
        tides_id, survey,
        CASE WHEN %(lane)s = 'live' AND bool_and(covers_jd IS NOT NULL) THEN min(covers_jd) END AS from_jd
    FROM object
    GROUP BY tides_id, survey
), measured AS (
    SELECT o.tides_id, o.survey, b.key AS band, b.value AS v
    FROM object AS o
    CROSS JOIN LATERAL jsonb_each(o.bands) AS b
), told AS (
    SELECT o.tides_id, o.survey, b.key AS band, b.value AS v
    FROM object AS o
    CROSS JOIN LATERAL jsonb_each(o.message_bands) AS b
    WHERE (b.value ->> 'jd')::double precision
        > coalesce((o.bands -> b.key -> 'newest' ->> 'jd')::double precision + 1, 0)
), one AS (
    SELECT
        tides_id, survey, band,
        (measured.v -> 'newest' ->> 'jd')::double precision AS newest_jd,
        (measured.v -> 'newest' ->> 'mag')::double precision AS newest_mag,
        (measured.v -> 'newest' ->> 'err')::double precision AS newest_err,
        (measured.v -> 'current' ->> 'jd')::double precision AS current_jd,
        (measured.v -> 'current' ->> 'mag')::double precision AS current_mag,
        (measured.v -> 'current' ->> 'err')::double precision AS current_err,
        (measured.v -> 'brightest' ->> 'jd')::double precision AS brightest_jd,
        (measured.v -> 'brightest' ->> 'mag')::double precision AS brightest_mag,
        (measured.v -> 'brightest' ->> 'err')::double precision AS brightest_err,
        (fainter.v ->> 'jd')::double precision AS limit_jd,
        (fainter.v ->> 'mag')::double precision AS limit_mag
    FROM measured
    LEFT JOIN LATERAL (    -- the newer of upper limit and forced photometry: either can make the band fainter
        SELECT x.v
        FROM (VALUES (measured.v -> 'limit'), (measured.v -> 'forced')) AS x (v)
        WHERE jsonb_typeof(x.v) = 'object'
        ORDER BY (x.v ->> 'jd')::double precision DESC
        LIMIT 1
    ) AS fainter ON true
    UNION ALL
    SELECT
        tides_id, survey, band,
        (v ->> 'jd')::double precision, (v ->> 'mag')::double precision, NULL,
        (v ->> 'jd')::double precision, (v ->> 'mag')::double precision, NULL,
        (v ->> 'jd')::double precision, coalesce((v ->> 'brightest')::double precision, (v ->> 'mag')::double precision),
        NULL, NULL, NULL
    FROM told
    UNION ALL
    SELECT
        tides_id, survey, t.band,
        CASE WHEN n.stays THEN t.newest_jd END, CASE WHEN n.stays THEN t.newest_mag END,
        CASE WHEN n.stays THEN t.newest_err END, CASE WHEN n.stays THEN t.current_jd END,
        CASE WHEN n.stays THEN t.current_mag END, CASE WHEN n.stays THEN t.current_err END,
        CASE WHEN b.stays THEN t.brightest_jd END, CASE WHEN b.stays THEN t.brightest_mag END,
        CASE WHEN b.stays THEN t.brightest_err END, t.limit_jd, t.limit_mag
    FROM covered AS c
    JOIN tides.target_band AS t USING (tides_id, survey)
    CROSS JOIN LATERAL (SELECT coalesce(t.newest_jd < c.from_jd, true) AS stays) AS n
    CROSS JOIN LATERAL (SELECT coalesce(t.brightest_jd < c.from_jd, true) AS stays) AS b
), combined AS (          -- each magnitude with its own date, as in newer_of_both.sql
    SELECT
        (array_agg(r ORDER BY (r).newest_jd DESC NULLS LAST, (r).newest_err IS NULL, (r).current_mag,
            (r).current_jd DESC NULLS LAST))[1] AS n,
        (array_agg(r ORDER BY (r).brightest_mag, (r).brightest_jd))[1] AS b,
        (array_agg(r ORDER BY (r).limit_jd DESC NULLS LAST, (r).limit_mag))[1] AS l
    FROM (
        SELECT ROW(one.*)::tides.target_band AS r
        FROM one
    ) AS x
    GROUP BY (r).tides_id, (r).survey, (r).band
)
INSERT INTO tides.target_band AS t
SELECT
    (n).tides_id, (n).survey, (n).band, (n).newest_jd, (n).newest_mag, (n).newest_err, (n).current_jd, (n).current_mag,
    (n).current_err, (b).brightest_jd, (b).brightest_mag, (b).brightest_err, (l).limit_jd, (l).limit_mag
FROM combined
ORDER BY 1, 2, 3
ON CONFLICT (tides_id, survey, band) DO UPDATE
SET newest_jd = excluded.newest_jd,
    newest_mag = excluded.newest_mag,
    newest_err = excluded.newest_err,
    current_jd = excluded.current_jd,
    current_mag = excluded.current_mag,
    current_err = excluded.current_err,
    brightest_jd = excluded.brightest_jd,
    brightest_mag = excluded.brightest_mag,
    brightest_err = excluded.brightest_err,
    limit_jd = excluded.limit_jd,
    limit_mag = excluded.limit_mag
WHERE (t.*) IS DISTINCT FROM (excluded.*);

DELETE FROM tides.target_band AS t
USING tides_stage AS s
JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (s.survey, s.object_id)
WHERE (t.tides_id, t.survey) = (a.tides_id, a.survey)
    AND coalesce(t.newest_jd, t.brightest_jd, t.limit_jd) IS NULL;
