-- In: tides_stage, filled here from the lane's verdicts. Out: tides_alias, target_band, tides_master.
-- Can be repeated: what is merged is marked in the same transaction, and older data never overwrites newer.
-- `active` is not set here: deactivate_unobserved.sql alone does.
{% include "master_lock.sql" %}
SELECT set_config('tides.by', %(run_id)s, true);
{% include "stage.sql" %}

-- Identity first, LSST before ZTF: only a really new target draws an id and a name.
SELECT count(tides.find_or_create_target(
    o.survey, o.object_id, o.ra, o.dec, coalesce(o.first_jd, o.seen_jd), coalesce(o.seen_jd, o.last_jd), o.template,
    %(prefix)s, %(radius_arcsec)s::double precision, %(identity_days)s::double precision
))
FROM (
    SELECT s.*
    FROM tides_stage AS s
    LEFT JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (s.survey, s.object_id)
    WHERE a.tides_id IS NULL
    ORDER BY s.survey <> 'lsst', s.survey, s.object_id
) AS o;

-- The first step of each new target: which functions selected it, as what.
INSERT INTO tides.tides_history (tides_id, step, reason)
SELECT a.tides_id, 'selected', string_agg(DISTINCT format(
    '%%s selects %%s %%s%%s', s.function, upper(s.survey), s.object_id,
    CASE WHEN v.target = 'host' THEN ', for its host alone' ELSE ', trigger JD ' || round(s.trigger_jd::numeric, 2) END
), '; ')
FROM stage_verdict AS v
JOIN tides.selection AS s USING (selection_id)
JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (s.survey, s.object_id)
WHERE v.template IS NOT NULL
    AND NOT EXISTS (SELECT FROM tides.tides_history AS h WHERE h.tides_id = a.tides_id)
GROUP BY a.tides_id
ORDER BY a.tides_id;

-- What was wanted for its host alone gets the template of the function that now wants it for itself.
UPDATE tides.tides_master AS m
SET template = s.template
FROM tides_stage AS s
JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (s.survey, s.object_id)
WHERE m.tides_id = a.tides_id
    AND s.for_itself
    AND m.reason IN ('new', 'host only')
    AND m.template <> s.template;

UPDATE tides.tides_alias AS a
SET first_jd = least(a.first_jd, s.first_jd),
    last_jd = greatest(a.last_jd, s.last_jd),
    resumed_jd = greatest(a.resumed_jd, s.resumed_jd)
FROM tides_stage AS s
WHERE (a.survey, a.object_id) = (s.survey, s.object_id)
    AND (a.first_jd, a.last_jd, a.resumed_jd) IS DISTINCT FROM (
        least(a.first_jd, s.first_jd), greatest(a.last_jd, s.last_jd), greatest(a.resumed_jd, s.resumed_jd)
    );

UPDATE tides.tides_alias AS a
SET ra = s.ra,
    dec = s.dec,
    seen_jd = s.seen_jd,
    known_at = s.known_at,
    ncandgp = s.ncandgp,
    sherlock_class = s.sherlock_class
FROM tides_stage AS s
WHERE (a.survey, a.object_id) = (s.survey, s.object_id)
    AND (coalesce(s.seen_jd, 0), s.known_at) > (coalesce(a.seen_jd, -1), coalesce(a.known_at, '-infinity'));

-- Magnitudes, band by band, from the light curve; a message column only where the light curve has no such band, or one
-- older by more than a day (Rubin's *_latestMJD are 32-bit and off by up to 1.2 h).
WITH measured AS (
    SELECT a.tides_id, s.survey, b.key AS band, b.value AS v
    FROM tides_stage AS s
    JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (s.survey, s.object_id)
    CROSS JOIN LATERAL jsonb_each(s.bands) AS b
), told AS (
    SELECT a.tides_id, s.survey, b.key AS band, b.value AS v
    FROM tides_stage AS s
    JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (s.survey, s.object_id)
    CROSS JOIN LATERAL jsonb_each(s.message_bands) AS b
    WHERE (b.value ->> 'jd')::double precision
        > coalesce((s.bands -> b.key -> 'newest' ->> 'jd')::double precision + 1, 0)
), row AS (
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
), newest AS (
    SELECT DISTINCT ON (tides_id, survey, band) *
    FROM row
    ORDER BY tides_id, survey, band, newest_jd DESC NULLS LAST, brightest_mag
)
INSERT INTO tides.target_band AS t
SELECT * FROM newest ORDER BY tides_id, survey, band
ON CONFLICT (tides_id, survey, band) DO UPDATE
SET (newest_jd, newest_mag, newest_err, current_jd, current_mag, current_err) = (
        SELECT x.newest_jd, x.newest_mag, x.newest_err, x.current_jd, x.current_mag, x.current_err
        FROM (SELECT t.* UNION ALL SELECT excluded.*) AS x
        ORDER BY x.newest_jd DESC NULLS LAST, x.newest_err IS NULL, x.current_mag
        LIMIT 1
    ),
    (brightest_jd, brightest_mag, brightest_err) = (
        SELECT x.brightest_jd, x.brightest_mag, x.brightest_err
        FROM (SELECT t.* UNION ALL SELECT excluded.*) AS x
        ORDER BY x.brightest_mag, x.brightest_jd
        LIMIT 1
    ),
    (limit_jd, limit_mag) = (
        SELECT x.limit_jd, x.limit_mag
        FROM (SELECT t.* UNION ALL SELECT excluded.*) AS x
        ORDER BY x.limit_jd DESC NULLS LAST, x.limit_mag
        LIMIT 1
    )
WHERE (t.*) IS DISTINCT FROM (excluded.*);

-- The master's own columns follow from its aliases and bands.
WITH touched AS (
    SELECT DISTINCT a.tides_id
    FROM tides_stage AS s
    JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (s.survey, s.object_id)
), place AS (
    SELECT DISTINCT ON (a.tides_id) a.tides_id, a.ra, a.dec, a.survey AS position_survey
    FROM touched
    JOIN tides.tides_alias AS a USING (tides_id)
    WHERE a.ra IS NOT NULL
    ORDER BY a.tides_id, a.survey <> 'lsst', a.seen_jd DESC NULLS LAST, a.object_id
), history AS (
    SELECT
        a.tides_id,
        min(coalesce(a.first_jd, a.seen_jd)) AS jdmin,
        max(greatest(a.seen_jd, a.last_jd)) AS jdmax,
        sum(a.ncandgp)::integer AS ncandgp,
        (array_agg(a.sherlock_class ORDER BY a.known_at DESC, a.object_id)
            FILTER (WHERE a.sherlock_class IS NOT NULL))[1] AS sherlock_class
    FROM touched
    JOIN tides.tides_alias AS a USING (tides_id)
    GROUP BY a.tides_id
), photometry AS (
    SELECT
        b.tides_id,
        min(b.brightest_mag) FILTER (WHERE b.band = 'r') AS magrmin,
        min(b.brightest_mag) FILTER (WHERE b.band = 'g') AS maggmin,
        (array_agg(b.newest_mag ORDER BY b.newest_jd DESC) FILTER (WHERE b.band = 'r' AND b.newest_jd IS NOT NULL))[1]
            AS rmag,
        (array_agg(b.newest_mag ORDER BY b.newest_jd DESC) FILTER (WHERE b.band = 'g' AND b.newest_jd IS NOT NULL))[1]
            AS gmag,
        max(b.newest_jd) FILTER (WHERE b.band = 'g') AS jdgmax,
        max(b.newest_jd) FILTER (WHERE b.band = 'r') AS jdrmax
    FROM touched
    JOIN tides.target_band AS b USING (tides_id)
    GROUP BY b.tides_id
), new AS (
    SELECT
        p.tides_id, p.ra, p.dec, p.position_survey,
        p.dec BETWEEN %(dec_min_deg)s::double precision AND %(dec_max_deg)s::double precision
            AND abs(tides.galactic_latitude(p.ra, p.dec)) >= %(galactic_latitude_min_deg)s::double precision
            AS reachable,
        h.jdmin, h.jdmax, h.ncandgp, h.sherlock_class,
        f.magrmin, f.maggmin, f.rmag, f.gmag, f.jdgmax, f.jdrmax
    FROM place AS p
    JOIN history AS h USING (tides_id)
    LEFT JOIN photometry AS f USING (tides_id)
)
UPDATE tides.tides_master AS m
SET ra = n.ra,
    dec = n.dec,
    position_survey = n.position_survey,
    reachable = n.reachable,
    jdmin = n.jdmin,
    jdmax = n.jdmax,
    ncandgp = n.ncandgp,
    sherlock_class = n.sherlock_class,
    magrmin = n.magrmin,
    maggmin = n.maggmin,
    rmag = n.rmag,
    gmag = n.gmag,
    jdgmax = n.jdgmax,
    jdrmax = n.jdrmax,
    updated = now()
FROM new AS n
WHERE m.tides_id = n.tides_id
    AND (
        m.ra, m.dec, m.position_survey, m.reachable, m.jdmin, m.jdmax, m.ncandgp, m.sherlock_class,
        m.magrmin, m.maggmin, m.rmag, m.gmag, m.jdgmax, m.jdrmax
    ) IS DISTINCT FROM (
        n.ra, n.dec, n.position_survey, n.reachable, n.jdmin, n.jdmax, n.ncandgp, n.sherlock_class,
        n.magrmin, n.maggmin, n.rmag, n.gmag, n.jdgmax, n.jdrmax
    );

-- Merged is what was staged, and what has nothing to merge; a verdict on an object without a position waits for one.
UPDATE tides.selection AS s
SET merged_at = now()
FROM stage_verdict AS v
LEFT JOIN tides_stage AS g USING (survey, object_id)
WHERE s.selection_id = v.selection_id
    AND (g.object_id IS NOT NULL OR v.template IS NULL);

{% include "mark_control.sql" %}

-- A replay's own rows have served, a dry one's too: its verdicts stay.
DELETE FROM tides.light_curve AS l
USING tides.candidate AS c
WHERE (l.lane, l.survey, l.object_id) = (c.lane, c.survey, c.object_id)
    AND c.lane = %(lane)s
    AND c.lane <> 'live'
    AND NOT c.waiting;

DELETE FROM tides.candidate
WHERE lane = %(lane)s
    AND lane <> 'live'
    AND NOT waiting;

DELETE FROM tides.stream_offset
WHERE lane = %(lane)s
    AND lane <> 'live'
    AND NOT EXISTS (SELECT FROM tides.candidate AS c WHERE c.lane = %(lane)s);
