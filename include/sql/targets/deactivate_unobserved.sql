-- The one place that computes `active`, on and off, for every target. In: aliases, bands, survey nights, verdicts.
-- Out: tides_master.active and reason, the remembered `faint` of each alias, and a row of tides_history for each target
-- that is switched, with the reason in words; an event for each recurrent one; the same of tides_hosts. Changes nothing
-- in a replay.
-- Can be repeated: it is a function of what is stored and of the clock.
{% include "database/master_lock.sql" %}
SELECT set_config('tides.by', %(run_id)s, true);

CREATE TEMPORARY TABLE limits ON COMMIT DROP AS
SELECT *
FROM jsonb_to_recordset(%(surveys)s::jsonb) AS l (
    survey text, streams text[], faint_limit double precision, current_max_age_days double precision,
    unobserved_nights integer, recurrent_days double precision
);

-- Until when each survey has been read to the end, in all partitions of its streams.
CREATE TEMPORARY TABLE caught_up ON COMMIT DROP AS
SELECT l.survey, min(tides.jd_utc(o.caught_up_at)) AS jd
FROM limits AS l
JOIN tides.stream_offset AS o ON o.lane = 'live' AND o.stream = ANY (l.streams)
GROUP BY l.survey
HAVING bool_and(o.caught_up_at IS NOT NULL);

-- Complete nights in which the survey observed, the newest first.
CREATE TEMPORARY TABLE counted_night ON COMMIT DROP AS
SELECT n.survey, n.night, row_number() OVER (PARTITION BY n.survey ORDER BY n.night DESC) AS ago
FROM (
    SELECT l.survey, n.night
    FROM limits AS l
    JOIN tides.survey_night AS n ON n.stream = ANY (l.streams)
    GROUP BY l.survey, n.night
    HAVING max(n.objects) >= %(survey_night_objects)s::integer
) AS n
JOIN caught_up AS c USING (survey)
WHERE tides.night_end_jd(n.survey, n.night) <= c.jd;

CREATE TEMPORARY TABLE live_or_not (
    tides_id integer NOT NULL,
    survey   text NOT NULL,
    faint    boolean NOT NULL,
    unobserved boolean NOT NULL,
    counts   boolean NOT NULL,
    last_jd  double precision,
    brightest_mag double precision,
    bands    text,
    since_jd double precision,
    PRIMARY KEY (tides_id, survey)
) ON COMMIT DROP;

WITH clock AS (
    SELECT tides.jd_utc(coalesce(nullif(%(as_of)s, '')::timestamptz, now())) AS now_jd
), last_wanted_night AS (  -- last seen before this night means unobserved
    SELECT l.survey, n.night
    FROM limits AS l
    JOIN counted_night AS n ON n.survey = l.survey AND n.ago = l.unobserved_nights
), alias AS (
    SELECT
        a.tides_id,
        a.survey,
        bool_or(a.faint) AS was_faint,
        max(coalesce(a.last_jd, a.seen_jd)) AS last_jd,
        bool_or(coalesce(c.waiting, false)) AS waiting
    FROM tides.tides_alias AS a
    LEFT JOIN tides.candidate AS c ON (c.lane, c.survey, c.object_id) = ('live', a.survey, a.object_id)
    GROUP BY a.tides_id, a.survey
), brightness AS (         -- a later upper limit can make a band fainter, never brighter
    SELECT
        b.tides_id,
        b.survey,
        bool_or(m.mag <= l.faint_limit) AS bright,
        bool_and(m.mag > l.faint_limit + %(hysteresis_mag)s::double precision) AS fainter,
        min(m.mag) AS brightest_mag,
        string_agg(b.band, ', ' ORDER BY position(b.band IN 'griz')) AS bands,
        max(greatest(b.newest_jd, b.limit_jd)) AS since_jd
    FROM tides.target_band AS b
    JOIN limits AS l USING (survey)
    CROSS JOIN clock AS t
    CROSS JOIN LATERAL (
        SELECT CASE WHEN b.limit_jd > b.newest_jd THEN greatest(b.current_mag, b.limit_mag) ELSE b.current_mag END AS mag
    ) AS m
    WHERE b.band IN ('g', 'r', 'i', 'z')
        AND b.newest_jd >= t.now_jd - l.current_max_age_days
        AND m.mag IS NOT NULL
    GROUP BY b.tides_id, b.survey
)
INSERT INTO live_or_not (
    tides_id, survey, faint, unobserved, counts, last_jd, brightest_mag, bands, since_jd
)
SELECT
    a.tides_id,
    a.survey,
    CASE WHEN a.was_faint THEN NOT coalesce(b.bright, false) ELSE coalesce(b.fainter, false) END,
    NOT a.waiting AND coalesce(
        tides.night(a.survey, a.last_jd) < w.night OR c.jd - a.last_jd >= %(unobserved_days)s::double precision,
        c.jd - a.last_jd >= %(unobserved_days)s::double precision,
        false
    ),
    coalesce(a.last_jd >= t.now_jd - %(other_survey_days)s::double precision, false),
    a.last_jd,
    b.brightest_mag,
    b.bands,
    b.since_jd
FROM alias AS a
CROSS JOIN clock AS t
LEFT JOIN brightness AS b USING (tides_id, survey)
LEFT JOIN last_wanted_night AS w USING (survey)
LEFT JOIN caught_up AS c USING (survey)
WHERE %(live)s::boolean;

UPDATE tides.tides_alias AS a
SET faint = l.faint
FROM live_or_not AS l
WHERE (a.tides_id, a.survey) = (l.tides_id, l.survey)
    AND a.faint <> l.faint;

WITH off AS (              -- a target is off when each survey that saw it lately says so
    SELECT
        tides_id,
        bool_and(faint OR unobserved) FILTER (WHERE counts) AS lately,
        bool_and(faint OR unobserved) AS ever,
        string_agg(
            survey || ': ' || CASE WHEN faint THEN 'faded' ELSE 'not seen' END, ', ' ORDER BY survey
        ) FILTER (WHERE faint OR unobserved) AS why
    FROM live_or_not
    GROUP BY tides_id
), selected AS (
    SELECT
        a.tides_id,
        bool_or(u.target = 'live') AS for_itself,
        max(u.spectra) FILTER (WHERE u.target = 'live') AS spectra,
        min(s.trigger_jd) AS trigger_jd
    FROM jsonb_to_recordset(%(functions)s::jsonb)
        AS u (stream text, name text, hash text, target text, spectra integer)
    JOIN tides.selection AS s ON (s.function, s.function_hash) = (u.name, u.hash) AND s.stream = u.stream
    JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (s.survey, s.object_id)
    WHERE s.passed AND s.merged_at IS NOT NULL
    GROUP BY a.tides_id
), recurrent AS (          -- selected before a long silence, in which no other survey saw it either
    SELECT a.tides_id, max(r.jd) AS jd
    FROM selected AS s
    JOIN tides.tides_alias AS a USING (tides_id)
    JOIN tides.tides_master AS m USING (tides_id)
    JOIN limits AS l USING (survey)
    CROSS JOIN LATERAL (SELECT coalesce(a.resumed_jd, a.first_jd) AS jd) AS r
    WHERE r.jd > s.trigger_jd + l.recurrent_days
        AND r.jd > coalesce(m.reactivated_jd, 0)
        AND NOT EXISTS (
            SELECT FROM tides.tides_alias AS o
            WHERE o.tides_id = a.tides_id
                AND coalesce(o.resumed_jd, o.first_jd) < r.jd
                AND o.last_jd >= r.jd - l.recurrent_days
        )
    GROUP BY a.tides_id
), reclassified AS (       -- each of its objects of which a refresh has a word is something else, by two refreshes
    SELECT
        a.tides_id,
        'reclassified: ' || string_agg(DISTINCT c.reclassified, ', ' ORDER BY c.reclassified) AS reason,
        min(c.said_since) AS said_since,
        max(c.settled_at) AS settled_at
    FROM tides.tides_alias AS a
    JOIN tides.tides_context AS c USING (survey, object_id)
    GROUP BY a.tides_id
    HAVING bool_and(c.reclassified IS NOT NULL)
), observed AS (          -- as many good spectra as its functions ask for
    SELECT
        n.tides_id,
        count(*) AS spectra,
        max(n.night) AS night,
        (array_agg(n.source ORDER BY n.night DESC, n.source))[1] AS source
    FROM tides.tides_spectrum AS n
    LEFT JOIN selected AS s USING (tides_id)
    WHERE n.state = 'complete' OR n.snr >= nullif(%(complete_snr)s, '')::double precision
    GROUP BY n.tides_id, s.spectra
    HAVING count(*) >= coalesce(s.spectra, 1)
), hand AS (              -- the newest decision that stands, on the target or on its place
    SELECT DISTINCT ON (tides_id) tides_id, verb, reason, by
    FROM tides.decision_on_target
    WHERE undone_at IS NULL
    ORDER BY tides_id, decision_id DESC
), decided AS (
    SELECT
        m.tides_id,
        m.active AS was_active,
        m.reason AS was,
        m.merged_into IS NULL AND m.reachable AND CASE h.verb
            WHEN 'veto' THEN false
            WHEN 'force' THEN true
            ELSE coalesce(s.for_itself, false) AND n.tides_id IS NULL AND r.tides_id IS NULL AND c.tides_id IS NULL
                AND NOT coalesce(o.lately, o.ever)
        END AS active,
        CASE
            WHEN k.tides_id IS NOT NULL THEN 'merged into ' || k.name
            WHEN NOT m.reachable THEN 'out of reach'
            WHEN h.verb = 'veto' THEN 'vetoed'
            WHEN h.verb = 'force' THEN 'forced'
            WHEN s.tides_id IS NULL THEN 'no function in use selects it'
            WHEN n.tides_id IS NOT NULL THEN 'observed by ' || n.source
            WHEN NOT s.for_itself THEN 'host only'
            WHEN r.tides_id IS NOT NULL THEN 'recurrent'
            WHEN c.tides_id IS NOT NULL THEN c.reason
            WHEN coalesce(o.lately, o.ever) THEN o.why
            ELSE 'live'
        END AS reason
    FROM tides.tides_master AS m
    LEFT JOIN tides.tides_master AS k ON k.tides_id = m.merged_into
    LEFT JOIN off AS o ON o.tides_id = m.tides_id
    LEFT JOIN selected AS s ON s.tides_id = m.tides_id
    LEFT JOIN recurrent AS r ON r.tides_id = m.tides_id
    LEFT JOIN reclassified AS c ON c.tides_id = m.tides_id
    LEFT JOIN observed AS n ON n.tides_id = m.tides_id
    LEFT JOIN hand AS h ON h.tides_id = m.tides_id
    WHERE o.tides_id IS NOT NULL
        OR k.tides_id IS NOT NULL AND %(live)s::boolean
), reported AS (
    INSERT INTO tides.event (kind, subject, detail)
    SELECT 'recurrent target', m.name, jsonb_build_object('tides_id', m.tides_id, 'seen_again_jd', r.jd)
    FROM decided AS d
    JOIN recurrent AS r USING (tides_id)
    JOIN tides.tides_master AS m USING (tides_id)
    WHERE d.reason = 'recurrent' AND d.was <> 'recurrent'
    ON CONFLICT (kind, subject) WHERE closed_at IS NULL DO NOTHING
), turned AS (
    INSERT INTO tides.event (kind, subject, detail)
    SELECT 'reclassified target', m.name, jsonb_build_object('tides_id', m.tides_id, 'why', d.reason)
    FROM decided AS d
    JOIN tides.tides_master AS m USING (tides_id)
    WHERE starts_with(d.reason, 'reclassified') AND NOT starts_with(d.was, 'reclassified')
    ORDER BY m.name
    ON CONFLICT (kind, subject) WHERE closed_at IS NULL DO NOTHING
), turned_back AS (
    UPDATE tides.event AS e
    SET closed_at = now()
    FROM decided AS d
    JOIN tides.tides_master AS m USING (tides_id)
    WHERE (e.kind, e.subject) = ('reclassified target', m.name)
        AND e.closed_at IS NULL
        AND NOT starts_with(d.reason, 'reclassified') AND starts_with(d.was, 'reclassified')
), changed AS (
    UPDATE tides.tides_master AS m
    SET active = d.active,
        reason = d.reason,
        active_since = CASE WHEN m.active = d.active THEN m.active_since WHEN d.active THEN now() END,
        updated = now()
    FROM decided AS d
    WHERE m.tides_id = d.tides_id
        AND (m.active, m.reason) IS DISTINCT FROM (d.active, d.reason)
), switched AS (           -- a new target is taken to be live until it is judged
    SELECT *
    FROM decided
    WHERE active <> (was_active OR was = 'new')
)
INSERT INTO tides.tides_history (tides_id, step, reason)
SELECT
    d.tides_id,
    CASE
        WHEN d.reason IN ('vetoed', 'forced') THEN d.reason
        WHEN d.reason = 'observed by ' || n.source THEN 'observed'
        WHEN d.active THEN 'reactivated'
        ELSE 'deactivated'
    END,
    CASE
        WHEN d.reason IN ('vetoed', 'forced') THEN format('%%s by %%s: %%s', d.reason, h.by, h.reason)
        WHEN d.reason = 'observed by ' || n.source THEN format('%%s good spectra, the newest of %%s by %%s',
            n.spectra, n.night, n.source)
        WHEN d.active AND starts_with(d.was, 'reclassified') THEN format('no longer %%s; %%s', d.was, w.words)
        WHEN d.active OR d.reason = o.why THEN w.words
        WHEN d.reason = c.reason THEN format('%%s, said in refreshes from %%s to %%s', c.reason,
            to_char(c.said_since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'),
            to_char(c.settled_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'))
        WHEN d.reason = 'recurrent' THEN format('recurrent: seen again at MJD %%s after a long silence',
            round((r.jd - 2400000.5)::numeric, 1))
        ELSE d.reason
    END
FROM switched AS d
LEFT JOIN recurrent AS r USING (tides_id)
LEFT JOIN reclassified AS c USING (tides_id)
LEFT JOIN observed AS n USING (tides_id)
LEFT JOIN hand AS h USING (tides_id)
LEFT JOIN off AS o USING (tides_id)
CROSS JOIN LATERAL (       -- each survey's word, with the numbers behind it
    SELECT string_agg(l.survey || ': ' || CASE
        WHEN l.faint AND l.bands IS NULL THEN 'faded before, nothing newer is known'
        WHEN l.faint THEN format('fainter than %%s in %%s since MJD %%s',
            x.faint_limit, l.bands, round((l.since_jd - 2400000.5)::numeric, 1))
        WHEN l.unobserved THEN format('not seen for %%s survey nights (%%s d)',
            (SELECT count(*) FROM counted_night AS n
                WHERE n.survey = l.survey AND n.night > tides.night(l.survey, l.last_jd)),
            round((c.jd - l.last_jd)::numeric))
        WHEN l.bands IS NULL THEN format('seen at MJD %%s', round((l.last_jd - 2400000.5)::numeric, 1))
        ELSE format('%%s mag in the brightest of %%s, seen at MJD %%s',
            round(l.brightest_mag::numeric, 2), l.bands, round((l.last_jd - 2400000.5)::numeric, 1))
    END, '; ' ORDER BY l.survey) AS words
    FROM live_or_not AS l
    JOIN limits AS x USING (survey)
    LEFT JOIN caught_up AS c USING (survey)
    WHERE l.tides_id = d.tides_id
        AND (d.active OR l.faint OR l.unobserved)
) AS w
ORDER BY d.tides_id;

{% include "targets/queue_hosts.sql" %}

-- What survey_night has counted long ago needs no memory any more.
DELETE FROM tides.night_seen AS n
USING jsonb_to_recordset(%(surveys)s::jsonb) AS l (survey text, streams text[])
WHERE n.stream = ANY (l.streams)
    AND n.night < tides.night(l.survey, tides.jd_utc(now()) - 2 * %(unobserved_days)s::double precision)
    AND %(live)s::boolean;
