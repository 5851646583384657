-- A part of deactivate_unobserved.sql: which host galaxies are wanted at 4MOST. In: the hosts of rank 1 of targets, as
-- these have just been judged; the temporary tables live_or_not and caught_up. Out: tides_hosts.active and reason, a name
-- for what is wanted first, rows of tides_history. A host is wanted once its transient is gone, so that its spectrum is
-- the galaxy's alone, and not while any transient of the same galaxy is live or was seen lately.
WITH gone AS (             -- not seen for long by any survey, or very faint in all bands that are known
    SELECT
        a.tides_id,
        bool_and(NOT coalesce(w.waiting, false) AND coalesce(
            c.jd - greatest(a.last_jd, a.seen_jd) >= %(host_unseen_days)s::double precision, false
        )) AS unseen,
        coalesce((
            SELECT min(l.brightest_mag) > %(host_faint_mag)s::double precision
            FROM live_or_not AS l
            WHERE l.tides_id = a.tides_id
        ), false) AS dark
    FROM tides.tides_alias AS a
    LEFT JOIN caught_up AS c USING (survey)
    LEFT JOIN tides.candidate AS w ON (w.lane, w.survey, w.object_id) = ('live', a.survey, a.object_id)
    WHERE a.tides_id IN (SELECT n.tides_id FROM tides.host_candidate AS n WHERE n.rank = 1)
    GROUP BY a.tides_id
), transient AS (
    SELECT
        n.host_id,
        m.tides_id,
        m.name,
        n.separation_arcsec,
        m.active AS live,
        CASE
            WHEN m.active THEN 'its transient is live'
            WHEN m.reason ~ '^(new|no function|out of reach|vetoed|merged|reclassified)' THEN 'its transient is not wanted'
            WHEN %(host_not_for)s::jsonb ? m.sherlock_class THEN 'its transient is ' || m.sherlock_class
            WHEN NOT (g.unseen OR g.dark) THEN 'its transient was seen lately'
        END AS why_not
    FROM tides.host_candidate AS n
    JOIN tides.tides_master AS m USING (tides_id)
    JOIN gone AS g USING (tides_id)
    WHERE n.rank = 1
), galaxy AS (
    SELECT
        host_id,
        bool_or(why_not IS NULL) AS wanted,
        bool_or(live) AS live,
        coalesce(bool_or(why_not = 'its transient was seen lately'), false) AS lately,
        min(why_not) AS why_not,
        string_agg(format('%%s, %%s arcsec away', name, round(separation_arcsec::numeric, 1)), '; ' ORDER BY tides_id)
            FILTER (WHERE why_not IS NULL) AS of_targets,
        string_agg(name, ', ' ORDER BY tides_id) FILTER (WHERE live) AS of_live
    FROM transient
    GROUP BY host_id
), known AS (              -- whose redshift is known already, where that is enough
    SELECT h.tides_id
    FROM tides.tides_hosts AS h
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
    FROM tides.tides_spectrum
    WHERE state = 'complete' OR snr >= nullif(%(complete_snr)s, '')::double precision
    ORDER BY tides_id, night DESC, source
), hand AS (
    SELECT DISTINCT ON (tides_id) tides_id, verb, reason, by
    FROM tides.decision_on_target
    WHERE undone_at IS NULL
    ORDER BY tides_id, decision_id DESC
), decided AS (
    SELECT
        h.tides_id,
        h.active AS was_active,
        h.name IS NULL AS is_new,
        v.reason,
        v.reason = 'its transient is gone' AS active,
        CASE v.reason
            WHEN 'its transient is gone' THEN 'host of ' || g.of_targets
            WHEN 'its transient is live' THEN format('its transient %%s is live', g.of_live)
            WHEN 'vetoed' THEN format('vetoed by %%s: %%s', d.by, d.reason)
            ELSE v.reason
        END AS words
    FROM tides.tides_hosts AS h
    LEFT JOIN galaxy AS g ON g.host_id = h.tides_id
    LEFT JOIN known AS k USING (tides_id)
    LEFT JOIN observed AS o USING (tides_id)
    LEFT JOIN hand AS d USING (tides_id)
    CROSS JOIN LATERAL (SELECT CASE
        WHEN NOT %(host_queue)s::boolean THEN 'hosts are not asked for'
        WHEN g.host_id IS NULL THEN 'no target lies in it'
        WHEN d.verb = 'veto' THEN 'vetoed'
        WHEN o.tides_id IS NOT NULL THEN 'observed by ' || o.source
        WHEN g.live THEN 'its transient is live'
        WHEN k.tides_id IS NOT NULL THEN 'its redshift is known'
        WHEN g.wanted AND NOT g.lately THEN 'its transient is gone'
        WHEN g.lately THEN 'its transient was seen lately'
        ELSE g.why_not
    END AS reason) AS v
    WHERE %(live)s::boolean
), changed AS (
    UPDATE tides.tides_hosts AS h
    SET active = d.active,
        reason = d.reason,
        active_since = CASE WHEN h.active = d.active THEN h.active_since WHEN d.active THEN now() END,
        name = coalesce(h.name, CASE WHEN d.active THEN tides.draw_name(%(host_prefix)s) END),
        updated = now()
    FROM decided AS d
    WHERE h.tides_id = d.tides_id
        AND (h.active, h.reason) IS DISTINCT FROM (d.active, d.reason)
)
INSERT INTO tides.tides_history (tides_id, step, reason)
SELECT
    tides_id,
    CASE
        WHEN active AND is_new THEN 'selected'
        WHEN active THEN 'reactivated'
        WHEN reason = 'vetoed' THEN 'vetoed'
        WHEN starts_with(reason, 'observed by') THEN 'observed'
        ELSE 'deactivated'
    END,
    words
FROM decided
WHERE active <> was_active
ORDER BY tides_id;
