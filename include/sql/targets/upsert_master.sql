-- In: tides_stage, filled here from the lane's verdicts. Out: tides_alias, target_band, tides_master.
-- Can be repeated: the same transaction marks what it merges, and the broker's earlier word never overwrites a later one.
-- `active` is not set here: deactivate_unobserved.sql alone does.
{% include "database/master_lock.sql" %}
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
INSERT INTO tides.tides_history (tides_id, step, reason, at)
SELECT a.tides_id, 'selected', string_agg(DISTINCT format(
    '%%s selects %%s %%s%%s', s.function, upper(s.survey), s.object_id,
    CASE WHEN v.target = 'host' THEN ', for its host alone' ELSE ', trigger JD ' || round(s.trigger_jd::numeric, 2) END
), '; '), now()
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

-- In the live lane the candidate holds the broker's newest word, which may take detections back. A replay adds alone.
UPDATE tides.tides_alias AS a
SET first_jd = least(a.first_jd, s.first_jd),
    last_jd = n.last_jd,
    resumed_jd = n.resumed_jd
FROM tides_stage AS s
CROSS JOIN LATERAL (
    SELECT a.last_jd, a.resumed_jd
    FROM tides.tides_alias AS a
    WHERE (a.survey, a.object_id) = (s.survey, s.object_id)
) AS o
CROSS JOIN LATERAL (
    SELECT
        CASE WHEN %(lane)s = 'live' THEN coalesce(s.last_jd, o.last_jd) ELSE greatest(o.last_jd, s.last_jd) END
            AS last_jd,
        -- a light curve that begins with the end of a silence does not know of the silence
        CASE WHEN %(lane)s = 'live' AND o.resumed_jd > s.covers_jd THEN s.resumed_jd
            ELSE greatest(o.resumed_jd, s.resumed_jd) END AS resumed_jd
) AS n
WHERE (a.survey, a.object_id) = (s.survey, s.object_id)
    AND (a.first_jd, a.last_jd, a.resumed_jd)
        IS DISTINCT FROM (least(a.first_jd, s.first_jd), n.last_jd, n.resumed_jd);

UPDATE tides.tides_alias AS a
SET ra = s.ra,
    dec = s.dec,
    cell = s.cell,
    seen_jd = coalesce(s.seen_jd, a.seen_jd),
    known_at = s.known_at,
    ncandgp = coalesce(s.ncandgp, a.ncandgp),
    sherlock_class = s.sherlock_class
FROM tides_stage AS s
WHERE (a.survey, a.object_id) = (s.survey, s.object_id)
    AND (
        %(lane)s = 'live'
        OR (s.known_at, coalesce(s.seen_jd, 0)) > (coalesce(a.known_at, '-infinity'), coalesce(a.seen_jd, -1))
    )
    AND (a.ra, a.dec, a.cell, a.seen_jd, a.known_at, a.ncandgp, a.sherlock_class)
        IS DISTINCT FROM (s.ra, s.dec, s.cell, coalesce(s.seen_jd, a.seen_jd), s.known_at, coalesce(s.ncandgp, a.ncandgp), s.sherlock_class);

{% include "targets/bands.sql" %}

-- The master's own columns, and then whether two targets have become one.
CREATE TEMPORARY TABLE touched ON COMMIT DROP AS
SELECT DISTINCT a.tides_id
FROM tides_stage AS s
JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (s.survey, s.object_id);
ANALYZE touched;
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

-- The live rule reads merged verdicts: it is asked of their targets.
INSERT INTO tides.changed_target (tides_id)
SELECT DISTINCT a.tides_id
FROM stage_verdict AS v
JOIN tides.tides_alias AS a USING (survey, object_id);

{% include "targets/mark_control.sql" %}

-- The rows of a replay's lane are not needed any more, nor a dry run's. Its verdicts stay.
DELETE FROM tides.light_curve AS l
USING tides.candidate AS c
WHERE (l.lane, l.survey, l.object_id) = (c.lane, c.survey, c.object_id)
    AND c.lane = %(lane)s
    AND %(lane)s <> 'live'
    AND NOT c.waiting;

DELETE FROM tides.candidate
WHERE lane = %(lane)s
    AND %(lane)s <> 'live'
    AND NOT waiting;

DELETE FROM tides.stream_offset
WHERE lane = %(lane)s
    AND %(lane)s <> 'live'
    AND NOT EXISTS (SELECT FROM tides.candidate AS c WHERE c.lane = %(lane)s);
