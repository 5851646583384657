-- The rule "live or not" (docs/science.md), asked of every target at a time, or of those of `of_targets`; reads only. Out: a
-- row a target whether it is live and why; `detail`, what the sentence needs of that (tides.why_in_words, tides.verdict_in_words); `surveys`, what
-- each survey says with its numbers (tides.survey_verdict). Limits and functions are those of the newest live run, but for
-- what the transaction asks (tides.asked). What each value of `why` means, and which comes first, stands at the type
-- tides.why. MATERIALIZED: asked once, also where PostgreSQL does not know yet how many rows there are.
CREATE OR REPLACE FUNCTION tides.live_verdict(as_of timestamptz DEFAULT now(), of_targets integer[] DEFAULT NULL)
    RETURNS TABLE (tides_id integer, active boolean, why tides.why, detail jsonb, surveys jsonb)
    LANGUAGE sql STABLE AS $$
WITH off AS MATERIALIZED (              -- a target is off when each survey with a say says so, or, without one, each
    SELECT
        s.tides_id,
        coalesce(
            bool_and(s.faint OR s.unobserved) FILTER (WHERE s.has_say), bool_and(s.faint OR s.unobserved)
        ) AS off,
        bool_or(s.faint) AS faint,
        jsonb_object_agg(s.survey, CASE WHEN s.faint THEN 'faint' ELSE 'unobserved' END)
            FILTER (WHERE s.faint OR s.unobserved) AS says,
        jsonb_agg(to_jsonb(s) - 'tides_id' ORDER BY s.survey) AS surveys
    FROM tides.survey_verdict(as_of, of_targets) AS s
    GROUP BY s.tides_id
), selected AS MATERIALIZED (
    SELECT
        s.tides_id,
        bool_or(s.target = 'live') AS for_itself,
        max(s.spectra) FILTER (WHERE s.target = 'live') AS spectra,
        min(s.trigger_jd) AS trigger_jd,
        CASE WHEN bool_and(s.to_judge) THEN jsonb_agg(DISTINCT s.function ORDER BY s.function) END AS to_judge
    FROM tides.selected_object(of_targets) AS s
    WHERE s.tides_id IS NOT NULL
    GROUP BY s.tides_id
), recurrent AS MATERIALIZED (          -- selected before a long silence, in which no other survey saw it either
    SELECT a.tides_id, max(r.jd) AS jd
    FROM selected AS s
    JOIN tides.tides_alias AS a USING (tides_id)
    JOIN tides.tides_master AS m USING (tides_id)
    JOIN tides.survey_limits_asked() AS l USING (survey)
    CROSS JOIN LATERAL (SELECT coalesce(a.resumed_jd, a.first_jd) AS jd) AS r
    WHERE (of_targets IS NULL OR a.tides_id = ANY (of_targets))
        AND r.jd > s.trigger_jd + l.recurrent_days
        AND r.jd > coalesce(m.reactivated_jd, 0)
        AND NOT EXISTS (
            SELECT FROM tides.tides_alias AS o
            WHERE o.tides_id = a.tides_id
                AND coalesce(o.resumed_jd, o.first_jd) < r.jd
                AND o.last_jd >= r.jd - l.recurrent_days
        )
    GROUP BY a.tides_id
), reclassified AS MATERIALIZED (       -- each of its objects of which a refresh has a word is something else, by two refreshes
    SELECT
        a.tides_id,
        string_agg(DISTINCT c.reclassified, ', ' ORDER BY c.reclassified) AS said,
        to_char(min(c.said_since) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS said_since,
        to_char(max(c.settled_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS settled_at
    FROM tides.tides_alias AS a
    JOIN tides.tides_context AS c USING (survey, object_id)
    WHERE (of_targets IS NULL OR a.tides_id = ANY (of_targets))
    GROUP BY a.tides_id
    HAVING bool_and(c.reclassified IS NOT NULL)
), listed AS MATERIALIZED (             -- of a list: the nights with a good spectrum, and whether it rests after the last one
    SELECT
        q.tides_id, q.list, q.entry, q.epochs, q.removed_by,
        q.removed_at IS NOT NULL AS removed,
        n.spectra, n.night, n.until,
        coalesce(as_of < n.until, false) AS rests
    FROM tides.listed AS q
    LEFT JOIN LATERAL (    -- it is wanted again in the evening, so before that day's cut-off
        SELECT
            count(DISTINCT g.night) AS spectra,
            max(g.night) AS night,
            (max(g.night) + time '12:00') AT TIME ZONE 'UTC' + make_interval(secs => 86400 * q.cadence_days) AS until
        FROM tides.good_spectrum AS g
        WHERE g.tides_id = q.tides_id
    ) AS n ON true
    WHERE (of_targets IS NULL OR q.tides_id = ANY (of_targets))
), observed AS MATERIALIZED (           -- as many good spectra as its functions ask for
    SELECT
        n.tides_id,
        count(*) AS spectra,
        max(n.night) AS night,
        (array_agg(n.source ORDER BY n.night DESC, n.source))[1] AS source
    FROM tides.good_spectrum AS n
    LEFT JOIN selected AS s USING (tides_id)
    WHERE (of_targets IS NULL OR n.tides_id = ANY (of_targets))
    GROUP BY n.tides_id, s.spectra
    HAVING count(*) >= coalesce(s.spectra, 1)
)
SELECT
    m.tides_id,
    w.why IN ('live', 'forced'),
    w.why,
    CASE w.why
        WHEN 'merged' THEN jsonb_build_object('into', (SELECT k.name FROM tides.tides_master AS k WHERE k.tides_id = m.merged_into))
        WHEN 'vetoed' THEN jsonb_build_object('by', h.by, 'reason', h.reason)
        WHEN 'forced' THEN jsonb_build_object('by', h.by, 'reason', h.reason)
        WHEN 'live' THEN CASE WHEN q.tides_id IS NULL THEN '{}'
            ELSE jsonb_build_object('list', q.list, 'entry', q.entry, 'spectra', q.spectra, 'epochs', q.epochs) END
            || jsonb_strip_nulls(jsonb_build_object('to_judge', s.to_judge))
        WHEN 'between_epochs' THEN jsonb_build_object('spectra', q.spectra, 'epochs', q.epochs, 'night', q.night,
            'until', to_char(q.until AT TIME ZONE 'UTC', 'YYYY-MM-DD'))
        WHEN 'unlisted' THEN jsonb_build_object('list', q.list, 'by', q.removed_by)
        WHEN 'observed' THEN jsonb_build_object('spectra', coalesce(q.spectra, n.spectra), 'night', n.night, 'source', n.source)
        WHEN 'recurrent' THEN jsonb_build_object('seen_again_jd', r.jd)
        WHEN 'reclassified' THEN jsonb_build_object('said', c.said, 'since', c.said_since, 'settled', c.settled_at)
        WHEN 'faint' THEN jsonb_build_object('surveys', o.says)
        WHEN 'unobserved' THEN jsonb_build_object('surveys', o.says)
        ELSE '{}'
    END,
    coalesce(o.surveys, '[]')
FROM tides.tides_master AS m
LEFT JOIN off AS o ON o.tides_id = m.tides_id
LEFT JOIN selected AS s ON s.tides_id = m.tides_id
LEFT JOIN recurrent AS r ON r.tides_id = m.tides_id
LEFT JOIN reclassified AS c ON c.tides_id = m.tides_id
LEFT JOIN observed AS n ON n.tides_id = m.tides_id
LEFT JOIN listed AS q ON q.tides_id = m.tides_id
LEFT JOIN tides.current_decision AS h ON h.tides_id = m.tides_id
    AND (of_targets IS NULL OR h.tides_id = ANY (of_targets))
CROSS JOIN LATERAL (SELECT CASE
    WHEN m.merged_into IS NOT NULL THEN 'merged'
    WHEN NOT m.reachable THEN 'unreachable'
    WHEN h.verb = 'veto' THEN 'vetoed'
    WHEN h.verb = 'force' THEN 'forced'
    WHEN q.removed THEN 'unlisted'
    WHEN q.spectra >= q.epochs THEN 'observed'
    WHEN q.rests THEN 'between_epochs'
    WHEN q.tides_id IS NOT NULL THEN 'live'
    WHEN s.tides_id IS NULL THEN 'unselected'
    WHEN n.tides_id IS NOT NULL THEN 'observed'
    WHEN NOT s.for_itself THEN 'host_only'
    WHEN r.tides_id IS NOT NULL THEN 'recurrent'
    WHEN c.tides_id IS NOT NULL THEN 'reclassified'
    WHEN o.off THEN CASE WHEN o.faint THEN 'faint' ELSE 'unobserved' END
    ELSE 'live'
END::tides.why AS why) AS w
WHERE (o.tides_id IS NOT NULL OR m.merged_into IS NOT NULL OR q.tides_id IS NOT NULL)
    AND (of_targets IS NULL OR m.tides_id = ANY (of_targets))
$$;
COMMENT ON FUNCTION tides.live_verdict IS 'Whether each target is live at a time, why, and what each survey says of it; reads only';
