-- How bright each target is for each survey at a time (docs/science.md, "Faint"): of the bands that count, those of which
-- a current magnitude is known. Out: a row a target and survey with at least one; `bright` says that one band is at the
-- limit or brighter, `fainter` that each is fainter than the limit and the hysteresis.
CREATE OR REPLACE FUNCTION tides.brightness(as_of timestamptz, of_targets integer[] DEFAULT NULL)
    RETURNS TABLE (
        tides_id integer, survey text, bright boolean, fainter boolean, brightest_mag double precision, bands text,
        since_jd double precision
    )
    LANGUAGE sql STABLE AS $$
SELECT
    m.tides_id,
    m.survey,
    bool_or(m.mag <= l.faint_limit),
    bool_and(m.mag > l.faint_limit + x.hysteresis_mag),
    min(m.mag),
    string_agg(m.band, ', ' ORDER BY array_position(l.bands, m.band)),
    max(m.seen_jd)
FROM tides.current_magnitude(as_of, of_targets) AS m
JOIN tides.survey_limits_asked() AS l USING (survey)
CROSS JOIN tides.live_limits_asked() AS x
WHERE m.band = ANY (l.bands)
    AND m.newest_jd >= tides.jd_utc(as_of) - l.current_max_age_days
    AND m.mag IS NOT NULL
GROUP BY m.tides_id, m.survey
$$;
COMMENT ON FUNCTION tides.brightness IS 'How bright each target is for each survey at a time';
