-- How bright each target is for each survey at a time (docs/science.md, "Faint"): of the bands that count, those of which
-- a current magnitude is known. Out: a row a target and survey with at least one; `bright` says that one band is at the
-- limit or brighter, `fainter` that each is fainter than the limit and the hysteresis.
CREATE OR REPLACE FUNCTION tides.brightness(as_of timestamptz)
    RETURNS TABLE (
        tides_id integer, survey text, bright boolean, fainter boolean, brightest_mag double precision, bands text,
        since_jd double precision
    )
    LANGUAGE sql STABLE AS $$
SELECT
    b.tides_id,
    b.survey,
    bool_or(m.mag <= l.faint_limit),
    bool_and(m.mag > l.faint_limit + x.hysteresis_mag),
    min(m.mag),
    string_agg(b.band, ', ' ORDER BY array_position(l.bands, b.band)),
    max(greatest(b.newest_jd, b.limit_jd))
FROM tides.target_band AS b
JOIN tides.survey_limits_asked() AS l USING (survey)
CROSS JOIN tides.live_limits_asked() AS x
CROSS JOIN LATERAL (       -- a later upper limit can make a band fainter, never brighter
    SELECT CASE WHEN b.limit_jd > b.newest_jd THEN greatest(b.current_mag, b.limit_mag) ELSE b.current_mag END AS mag
) AS m
WHERE b.band = ANY (l.bands)
    AND b.newest_jd >= tides.jd_utc(as_of) - l.current_max_age_days
    AND m.mag IS NOT NULL
GROUP BY b.tides_id, b.survey
$$;
COMMENT ON FUNCTION tides.brightness IS 'How bright each target is for each survey at a time';
