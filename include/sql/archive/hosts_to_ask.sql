-- In: a survey, the classes that have no hosts, after how many days a live target is asked for again, how many at most.
-- Out: the targets whose hosts Sherlock is to be asked for by an object of this survey: those never asked for first, and
-- of these what is off, since its host can be wanted already, the newest first. One that Lasair failed at comes last, or
-- rests.
WITH due AS (
    SELECT tides_id
    FROM tides.tides_master
    WHERE hosts_asked_at IS NULL AND reachable AND merged_into IS NULL
    UNION ALL
    SELECT tides_id
    FROM tides.tides_master
    WHERE active AND hosts_asked_at < now() - make_interval(secs => 86400 * %(ask_again_days)s)
)
SELECT o.tides_id, o.object_id
FROM due
JOIN tides.tides_master AS m USING (tides_id)
CROSS JOIN LATERAL (
    SELECT a.tides_id, a.survey, a.object_id
    FROM tides.tides_alias AS a
    LEFT JOIN tides.survey AS v ON v.survey = a.survey
    WHERE a.tides_id = m.tides_id
    ORDER BY v.precedence, a.seen_jd DESC NULLS LAST, a.object_id
    LIMIT 1
) AS o
LEFT JOIN tides.lasair_failure AS f ON (f.survey, f.object_id, f.call) = (o.survey, o.object_id, 'hosts')
WHERE o.survey = %(survey)s
    AND m.reachable
    AND m.merged_into IS NULL
    AND NOT coalesce(m.sherlock_class = ANY (%(not_for)s), false)
    AND NOT EXISTS (
        SELECT FROM tides.lasair_rests AS r WHERE (r.survey, r.object_id, r.call) = (o.survey, o.object_id, 'hosts')
    )
ORDER BY f.failures NULLS FIRST, m.hosts_asked_at NULLS FIRST, m.active, m.jdmax DESC, o.tides_id
LIMIT %(calls)s;
