-- How bright each band of each target is at a time (docs/science.md, "Current magnitude"): the line that was fitted to its
-- light curve, followed for 10 days of a decline or 1 day of a rise. Out: a row a target, survey and band that was ever
-- detected (`of_targets`: of these targets alone), with `newest_jd` of its newest detection and `seen_jd` of whatever is known of it; who asks says how old a
-- magnitude may be. A magnitude of a message has no line: it stays, and its error grows. The numbers are those of the
-- twin, tides.targets.live_rule.
CREATE OR REPLACE FUNCTION tides.current_magnitude(as_of timestamptz, of_targets integer[] DEFAULT NULL)
    RETURNS TABLE (
        tides_id integer, survey text, band text, newest_jd double precision, seen_jd double precision,
        mag double precision, err double precision
    )
    LANGUAGE sql STABLE AS $$
SELECT
    b.tides_id,
    b.survey,
    b.band,
    b.newest_jd,
    greatest(b.newest_jd, b.limit_jd),
    -- a later upper limit can make a band fainter, never brighter
    CASE WHEN b.limit_jd > b.newest_jd THEN greatest(p.mag, b.limit_mag) ELSE p.mag END,
    sqrt(coalesce(b.current_err, 0.2) ^ 2 + (coalesce(s.slope_err, 0.1) * d.days) ^ 2 + (0.02 * a.days) ^ 2)
FROM tides.target_band AS b
LEFT JOIN LATERAL (        -- the slope stays with the light curve that has it, and holds for that very magnitude
    SELECT (c.line ->> 'slope')::double precision AS slope, (c.line ->> 'slope_err')::double precision AS slope_err
    FROM tides.tides_alias AS o
    JOIN tides.light_curve AS l ON (l.lane, l.survey, l.object_id) = ('live', o.survey, o.object_id)
    CROSS JOIN LATERAL (SELECT l.bands -> b.band -> 'current') AS c (line)
    WHERE (o.tides_id, o.survey) = (b.tides_id, b.survey)
        AND (c.line ->> 'jd')::double precision = b.current_jd
        AND (c.line ->> 'mag')::double precision = b.current_mag
    ORDER BY o.object_id
    LIMIT 1
) AS s ON true
CROSS JOIN LATERAL (SELECT greatest(tides.jd_utc(as_of) - coalesce(b.current_jd, b.newest_jd), 0)) AS a (days)
CROSS JOIN LATERAL (SELECT least(a.days, CASE WHEN s.slope > 0 THEN 10 ELSE 1 END)) AS d (days)
CROSS JOIN LATERAL (SELECT b.current_mag + coalesce(s.slope, 0) * d.days) AS p (mag)
WHERE b.newest_jd IS NOT NULL
    AND (of_targets IS NULL OR b.tides_id = ANY (of_targets))
$$;
COMMENT ON FUNCTION tides.current_magnitude IS 'How bright each band of each target is at a time, and how well that is known';
