-- The changes that wait to be told and that the guard may hold: creates, those of hosts, of lists and of what a person
-- forced apart, and deactivations by the target's `why`. Left out are those of hosts, which make room for their transients, and
-- those by a veto, a list or a spectrum. In: functions in use, and for how many days nothing of theirs may have changed.
-- `trusted`: a function selected the target that has not changed since, nor its feed; `triggered`: when that was known
-- first; `hours`: the fibre hours that it asks for, in its subsurvey.
WITH epoch AS (
    SELECT DISTINCT ON (kind, subject) kind, subject, since
    FROM tides.selection_epoch
    ORDER BY kind, subject, selection_epoch_id DESC
), used AS (
    SELECT
        u.stream, u.name, u.hash,
        coalesce(greatest(f.since, s.since) <= now() - make_interval(secs => 86400 * %(unchanged_days)s), false) AS trusted
    FROM jsonb_to_recordset(%(functions)s::jsonb) AS u (stream text, name text, hash text)
    LEFT JOIN epoch AS f ON (f.kind, f.subject) = ('function', u.stream || '/' || u.name)
    LEFT JOIN epoch AS s ON (s.kind, s.subject) = ('filter', u.stream)
), waiting AS MATERIALIZED (   -- OFFSET 0, here and below: by the target's index, however long the history is
    SELECT f.id, f.released_at, f.priority, k.pk
    FROM tides.fourmost_target AS f
    LEFT JOIN LATERAL (
        SELECT pk FROM tides.fourmost_key WHERE (id, status) = (f.id, 'current') OFFSET 0
    ) AS k ON true
    WHERE (f.differs OR f.state = 'live')
        AND f.sending_since IS NULL
        AND f.wanted IS NOT NULL
        AND f.wanted IS DISTINCT FROM f.refused
        AND CASE WHEN k.pk IS NULL THEN f.state = 'live'
            ELSE f.state = 'inactive' AND f.told ->> 'is_active' IS DISTINCT FROM 'false' END
)
SELECT
    f.id,
    CASE
        WHEN h.tides_id IS NOT NULL THEN 'host'
        WHEN f.pk IS NULL AND m.why <> 'forced' THEN CASE WHEN q.tides_id IS NULL THEN 'created' ELSE 'listed' END
        ELSE m.why::text
    END AS change,
    f.released_at IS NOT NULL AS released,
    h.tides_id IS NOT NULL OR coalesce(v.trusted, false) AS trusted,
    v.triggered,
    f.priority,
    b.subsurvey,
    coalesce(b.asked, 0) AS hours
FROM waiting AS f
LEFT JOIN LATERAL (SELECT why FROM tides.tides_master WHERE tides_id = f.id OFFSET 0) AS m ON true
LEFT JOIN LATERAL (SELECT tides_id FROM tides.tides_hosts WHERE tides_id = f.id OFFSET 0) AS h ON true
LEFT JOIN LATERAL (SELECT tides_id FROM tides.listed WHERE tides_id = f.id OFFSET 0) AS q ON true
LEFT JOIN LATERAL (
    SELECT subsurvey, asked FROM tides.fibre_hours WHERE id = f.id AND f.pk IS NULL OFFSET 0
) AS b ON true
LEFT JOIN LATERAL (
    SELECT bool_or(u.trusted) AS trusted, max(s.trigger_jd) FILTER (WHERE u.trusted) AS triggered
    FROM tides.tides_alias AS a
    CROSS JOIN LATERAL (
        SELECT stream, function, function_hash, trigger_jd
        FROM tides.selection
        WHERE (survey, object_id) = (a.survey, a.object_id)
            AND passed
            AND merged_at IS NOT NULL
        OFFSET 0
    ) AS s
    JOIN used AS u ON (u.stream, u.name, u.hash) = (s.stream, s.function, s.function_hash)
    WHERE a.tides_id = f.id AND f.pk IS NULL
) AS v ON true
WHERE f.pk IS NULL OR m.why NOT IN ('vetoed', 'observed', 'between_epochs', 'unlisted')
ORDER BY f.id;
