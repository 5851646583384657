-- What each survey says of each target at a time (docs/science.md, "Faint", "Unobserved", "Several surveys"). Out: a row a
-- target and survey that has an object of it. A survey says off when `faint` or `unobserved`; `has_say`: it detected the
-- target lately. `silent_visits` (nights in which its place was visited) and `silent_days` are since its last counted
-- detection, up to where its streams have been read. MATERIALIZED: asked once, also where PostgreSQL does not know yet how
-- many rows there are.
CREATE OR REPLACE FUNCTION tides.survey_verdict(as_of timestamptz, of_targets integer[] DEFAULT NULL)
    RETURNS TABLE (
        tides_id integer, survey text, faint boolean, unobserved boolean, has_say boolean, last_jd double precision,
        silent_visits integer, silent_days double precision, brightest_mag double precision, bands text,
        since_jd double precision, faint_limit double precision
    )
    LANGUAGE sql STABLE AS $$
WITH alias AS (
    SELECT
        a.tides_id,
        a.survey,
        bool_or(a.faint) AS was_faint,
        max(coalesce(a.last_jd, a.seen_jd)) AS last_jd,
        min(a.cell) AS cell,   -- its objects are within an arc second
        bool_or(EXISTS (
            SELECT FROM tides.candidate AS c
            WHERE (c.lane, c.survey, c.object_id) = ('live', a.survey, a.object_id) AND c.waiting
        )) AS waiting
    FROM tides.tides_alias AS a
    WHERE (of_targets IS NULL OR a.tides_id = ANY (of_targets))
    GROUP BY a.tides_id, a.survey
), read AS (               -- until when each survey is read
    SELECT l.survey, l.faint_limit, l.unobserved_visits, c.jd
    FROM tides.survey_limits_asked() AS l
    LEFT JOIN tides.caught_up AS c USING (survey)
), visited AS MATERIALIZED (   -- the nights in which each place was visited, in order
    SELECT survey, cell, array_agg(night ORDER BY night) AS nights
    FROM tides.visited_night
    GROUP BY survey, cell
), looked AS MATERIALIZED (    -- the night of each upper limit or forced photometry after its last detection
    SELECT b.tides_id, b.survey, tides.night(b.survey, b.limit_jd) AS night
    FROM alias AS a
    JOIN tides.target_band AS b ON (b.tides_id, b.survey) = (a.tides_id, a.survey) AND b.limit_jd > a.last_jd
), counted AS MATERIALIZED (
    SELECT survey, night FROM tides.counted_night
), measured AS MATERIALIZED (  -- the nights since then in which such a measurement of its own shows a visit
    SELECT k.tides_id, k.survey, array_agg(DISTINCT k.night) AS nights
    FROM looked AS k
    JOIN counted AS c USING (survey, night)
    GROUP BY k.tides_id, k.survey
), bright AS MATERIALIZED (
    SELECT * FROM tides.brightness(as_of, of_targets)
)
SELECT
    a.tides_id,
    a.survey,
    CASE WHEN a.was_faint THEN NOT coalesce(b.bright, false) ELSE coalesce(b.fainter, false) END,
    NOT a.waiting AND coalesce(s.visits >= r.unobserved_visits OR s.days >= x.unobserved_days, false),
    coalesce(a.last_jd >= tides.jd_utc(as_of) - x.other_survey_days, false),
    a.last_jd,
    s.visits,
    s.days,
    b.brightest_mag,
    b.bands,
    b.since_jd,
    r.faint_limit
FROM alias AS a
CROSS JOIN tides.live_limits_asked() AS x
LEFT JOIN bright AS b ON (b.tides_id, b.survey) = (a.tides_id, a.survey)
LEFT JOIN read AS r ON r.survey = a.survey
LEFT JOIN visited AS v ON (v.survey, v.cell) = (a.survey, a.cell)
LEFT JOIN measured AS m ON (m.tides_id, m.survey) = (a.tides_id, a.survey)
CROSS JOIN LATERAL (SELECT tides.night(a.survey, a.last_jd) AS night) AS l
CROSS JOIN LATERAL (       -- width_bucket counts the nights up to the one in which it was last seen
    SELECT
        coalesce(cardinality(v.nights) - width_bucket(l.night, v.nights), 0) + (
            SELECT count(*)
            FROM unnest(m.nights) AS n (night)
            WHERE n.night > l.night AND n.night <> ALL (coalesce(v.nights, '{}'))
        )::integer AS visits,
        r.jd - a.last_jd AS days
) AS s
$$;
COMMENT ON FUNCTION tides.survey_verdict IS 'What each survey says of each target at a time, with the numbers behind it';
