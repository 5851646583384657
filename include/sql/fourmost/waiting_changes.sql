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
)
SELECT
    f.id,
    CASE
        WHEN h.tides_id IS NOT NULL THEN 'host'
        WHEN k.pk IS NULL AND m.why <> 'forced' THEN CASE WHEN q.tides_id IS NULL THEN 'created' ELSE 'listed' END
        ELSE m.why::text
    END AS change,
    f.released_at IS NOT NULL AS released,
    h.tides_id IS NOT NULL OR coalesce(v.trusted, false) AS trusted,
    v.triggered,
    f.priority,
    b.subsurvey,
    coalesce(b.asked, 0) AS hours
FROM tides.fourmost_target AS f
LEFT JOIN tides.tides_master AS m ON m.tides_id = f.id
LEFT JOIN tides.tides_hosts AS h ON h.tides_id = f.id
LEFT JOIN tides.listed AS q ON q.tides_id = f.id
LEFT JOIN tides.fibre_hours AS b ON b.id = f.id
LEFT JOIN tides.fourmost_key AS k ON (k.id, k.status) = (f.id, 'current')
LEFT JOIN LATERAL (
    SELECT bool_or(u.trusted) AS trusted, max(s.trigger_jd) FILTER (WHERE u.trusted) AS triggered
    FROM tides.tides_alias AS a
    CROSS JOIN LATERAL (   -- OFFSET 0: by the object's index also before the planner knows how large the tables are
        SELECT stream, function, function_hash, trigger_jd
        FROM tides.selection
        WHERE (survey, object_id) = (a.survey, a.object_id)
            AND passed
            AND merged_at IS NOT NULL
        OFFSET 0
    ) AS s
    JOIN used AS u ON (u.stream, u.name, u.hash) = (s.stream, s.function, s.function_hash)
    WHERE a.tides_id = f.id
) AS v ON k.pk IS NULL
WHERE f.sending_since IS NULL
    AND f.wanted IS NOT NULL
    AND f.wanted IS DISTINCT FROM f.refused
    AND CASE WHEN k.pk IS NULL THEN f.state = 'live'
        ELSE m.why NOT IN ('vetoed', 'observed', 'between_epochs', 'unlisted')
            AND f.state = 'inactive'
            AND f.told ->> 'is_active' IS DISTINCT FROM 'false' END
ORDER BY f.id;
