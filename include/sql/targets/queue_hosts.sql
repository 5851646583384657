-- A part of deactivate_unobserved.sql: which host galaxies are wanted at 4MOST. In: the hosts of rank 1 of targets, as
-- these have just been judged; the temporary tables to_judge and verdict. Out: tides_hosts.active and why, a name for what is wanted
-- first, rows of tides_history. A host is wanted once its transient is gone, so that its spectrum is the galaxy's alone,
-- and not while any transient of the same galaxy is live or was seen lately.
WITH asked AS (            -- the hosts of which something may have changed
    SELECT h.tides_id
    FROM tides.tides_hosts AS h
    WHERE EXISTS (SELECT FROM to_judge WHERE tides_id IS NULL)
    UNION
    SELECT h.tides_id
    FROM to_judge AS j
    JOIN tides.tides_hosts AS h USING (tides_id)
    UNION
    SELECT n.host_id
    FROM to_judge AS j
    JOIN tides.host_candidate AS n USING (tides_id)
), first AS (
    SELECT n.host_id, n.tides_id, n.separation_arcsec
    FROM asked AS k
    JOIN tides.host_candidate AS n ON (n.host_id, n.rank) = (k.tides_id, 1)
), gone AS (               -- not seen for long by any survey, or very faint in all bands that are known
    SELECT
        a.tides_id,
        bool_and(NOT coalesce(w.waiting, false) AND coalesce(
            c.jd - greatest(a.last_jd, a.seen_jd) >= %(host_unseen_days)s::double precision, false
        )) AS unseen,
        coalesce((
            SELECT min((s.part ->> 'brightest_mag')::double precision) > %(host_faint_mag)s::double precision
            FROM verdict AS v
            CROSS JOIN LATERAL jsonb_array_elements(v.surveys) AS s (part)
            WHERE v.tides_id = a.tides_id
        ), false) AS dark
    FROM tides.tides_alias AS a
    LEFT JOIN tides.caught_up AS c USING (survey)
    LEFT JOIN tides.candidate AS w ON (w.lane, w.survey, w.object_id) = ('live', a.survey, a.object_id)
    WHERE a.tides_id IN (SELECT tides_id FROM first)
    GROUP BY a.tides_id
), transient AS (
    SELECT
        n.host_id,
        m.tides_id,
        m.name,
        m.sherlock_class,
        n.separation_arcsec,
        CASE
            WHEN m.active THEN 'transient_live'
            WHEN m.why IN ('new', 'unselected', 'unreachable', 'vetoed', 'merged', 'reclassified')
                THEN 'transient_unwanted'
            WHEN %(host_not_for)s::jsonb ? m.sherlock_class THEN 'transient_excluded'
            WHEN NOT (g.unseen OR g.dark) THEN 'transient_seen_lately'
            ELSE 'transient_gone'
        END AS state
    FROM first AS n
    JOIN tides.tides_master AS m USING (tides_id)
    JOIN gone AS g USING (tides_id)
), galaxy AS (
    SELECT
        host_id,
        bool_or(state = 'transient_gone') AS gone,
        bool_or(state = 'transient_live') AS live,
        bool_or(state = 'transient_seen_lately') AS lately,
        bool_or(state = 'transient_unwanted') AS unwanted,
        min(sherlock_class) FILTER (WHERE state = 'transient_excluded') AS class,
        string_agg(format('%%s, %%s arcsec away', name, round(separation_arcsec::numeric, 1)), '; ' ORDER BY tides_id)
            FILTER (WHERE state = 'transient_gone') AS of_targets,
        string_agg(name, ', ' ORDER BY tides_id) FILTER (WHERE state = 'transient_live') AS of_live
    FROM transient
    GROUP BY host_id
), known AS (              -- whose redshift is known already, where that is enough
    SELECT h.tides_id
    FROM asked
    JOIN tides.tides_hosts AS h USING (tides_id)
    WHERE %(host_skip_known_redshift)s::boolean
        AND (h.redshift IS NOT NULL OR EXISTS (
            SELECT FROM tides.host_candidate AS n
            JOIN tides.tides_alias AS a USING (tides_id)
            JOIN tides.tides_context AS x USING (survey, object_id)
            WHERE (n.host_id, n.rank) = (h.tides_id, 1)
                AND coalesce(x.host_redshift, x.redshift) IS NOT NULL
        ))
), observed AS (
    SELECT DISTINCT ON (tides_id) tides_id, source
    FROM asked
    JOIN tides.good_spectrum USING (tides_id)
    ORDER BY tides_id, night DESC, source
), decided AS (
    SELECT
        h.tides_id,
        h.active AS was_active,
        h.name IS NULL AS is_new,
        w.why,
        w.why = 'transient_gone' AS active,
        CASE w.why
            WHEN 'observed' THEN jsonb_build_object('source', o.source)
            WHEN 'transient_excluded' THEN jsonb_build_object('class', g.class)
            ELSE '{}'
        END AS detail,
        CASE w.why
            WHEN 'transient_gone' THEN 'host of ' || g.of_targets
            WHEN 'transient_live' THEN format('its transient %%s is live', g.of_live)
            WHEN 'vetoed' THEN format('vetoed by %%s: %%s', d.by, d.reason)
        END AS words
    FROM asked
    JOIN tides.tides_hosts AS h USING (tides_id)
    LEFT JOIN galaxy AS g ON g.host_id = h.tides_id
    LEFT JOIN known AS k USING (tides_id)
    LEFT JOIN observed AS o USING (tides_id)
    LEFT JOIN LATERAL (
        SELECT o.verb, o.reason, o.by
        FROM tides.decision_on_target AS o
        WHERE o.tides_id = h.tides_id AND o.undone_at IS NULL
        ORDER BY o.decision_id DESC
        LIMIT 1
    ) AS d ON true
    CROSS JOIN LATERAL (SELECT CASE
        WHEN NOT %(host_queue)s::boolean THEN 'not_asked_for'
        WHEN g.host_id IS NULL THEN 'no_target'
        WHEN d.verb = 'veto' THEN 'vetoed'
        WHEN o.tides_id IS NOT NULL THEN 'observed'
        WHEN g.live THEN 'transient_live'
        WHEN k.tides_id IS NOT NULL THEN 'redshift_known'
        WHEN g.lately THEN 'transient_seen_lately'
        WHEN g.gone THEN 'transient_gone'
        WHEN g.unwanted THEN 'transient_unwanted'
        ELSE 'transient_excluded'
    END::tides.host_why AS why) AS w
    WHERE %(live)s::boolean
), changed AS (
    UPDATE tides.tides_hosts AS h
    SET active = d.active,
        why = d.why,
        why_detail = d.detail,
        active_since = CASE WHEN h.active = d.active THEN h.active_since WHEN d.active THEN now() END,
        name = coalesce(h.name, CASE WHEN d.active THEN tides.draw_name(%(host_prefix)s) END),
        updated = now()
    FROM decided AS d
    WHERE h.tides_id = d.tides_id
        AND (h.active, h.why, h.why_detail) IS DISTINCT FROM (d.active, d.why, d.detail)
)
INSERT INTO tides.tides_history (tides_id, step, reason, at)
SELECT
    tides_id,
    CASE
        WHEN active AND is_new THEN 'selected'
        WHEN active THEN 'reactivated'
        WHEN why IN ('vetoed', 'observed') THEN why::text
        ELSE 'deactivated'
    END,
    coalesce(words, tides.host_why_in_words(why, detail)),
    now()
FROM decided
WHERE active <> was_active
ORDER BY tides_id;
