-- In: tides_stage, filled here from the lane's verdicts. Out: tides_alias, target_band, tides_master.
-- Can be repeated: the same transaction marks what it merges, and older data never overwrites newer.
-- `active` is not set here: deactivate_unobserved.sql alone does.
{% include "database/master_lock.sql" %}
SELECT set_config('tides.by', %(run_id)s, true);
{% include "targets/stage.sql" %}

-- Identity first, by the surveys' order of precedence: only a really new target draws an id and a name.
SELECT count(tides.find_or_create_target(
    o.survey, o.object_id, o.ra, o.dec, coalesce(o.first_jd, o.seen_jd), coalesce(o.seen_jd, o.last_jd), o.template,
    %(prefix)s, %(radius_arcsec)s::double precision, %(identity_days)s::double precision
))
FROM (
    SELECT s.*
    FROM tides_stage AS s
    LEFT JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (s.survey, s.object_id)
    LEFT JOIN tides.survey AS v ON v.survey = s.survey
    WHERE a.tides_id IS NULL
    ORDER BY v.precedence, s.survey, s.object_id
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

-- A host-only target gets the template of the function that now selects it for itself.
UPDATE tides.tides_master AS m
SET template = s.template
FROM tides_stage AS s
JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (s.survey, s.object_id)
WHERE m.tides_id = a.tides_id
    AND s.for_itself
    AND m.why IN ('new', 'host_only')
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
    ORDER BY tides_id, survey, band, newest_jd DESC NULLS LAST, brightest_mag, brightest_jd, current_mag,
        current_jd DESC NULLS LAST, limit_jd DESC NULLS LAST, limit_mag
)
INSERT INTO tides.target_band AS t
SELECT * FROM newest ORDER BY tides_id, survey, band
ON CONFLICT (tides_id, survey, band) DO UPDATE
{% include "targets/newer_of_both.sql" %}

-- The master's own columns, and then whether two targets have become one.
CREATE TEMPORARY TABLE touched ON COMMIT DROP AS
SELECT DISTINCT a.tides_id
FROM tides_stage AS s
JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (s.survey, s.object_id);
{% include "targets/master_columns.sql" %}
{% include "targets/merge_targets.sql" %}
{% include "targets/master_columns.sql" %}

-- Staged verdicts count as merged, and so do those with nothing to merge. An object without a position waits for one.
UPDATE tides.selection AS s
SET merged_at = now()
FROM stage_verdict AS v
LEFT JOIN tides_stage AS g USING (survey, object_id)
WHERE s.selection_id = v.selection_id
    AND (g.object_id IS NOT NULL OR v.template IS NULL);

{% include "targets/mark_control.sql" %}

-- The rows of a replay's lane are not needed any more, nor a dry run's. Its verdicts stay.
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
