-- The whole schema, as all migrations, functions and views together give it: to be read, and never run or edited.
-- `make schema` writes it; tests/migration/test_schema.py compares it with what `migrate` makes.

CREATE SCHEMA tides;

CREATE TYPE tides.host_why AS ENUM (
    'new',
    'not_asked_for',
    'no_target',
    'vetoed',
    'observed',
    'transient_live',
    'redshift_known',
    'transient_gone',
    'transient_seen_lately',
    'transient_unwanted',
    'transient_excluded'
);

COMMENT ON TYPE tides.host_why IS 'Why a host galaxy is wanted at 4MOST or not, by queue_hosts.sql; the first of these that holds.
not_asked_for: the settings want no hosts.
no_target: it is no target''s best host.
vetoed: a person switched it off. Until the decision is undone.
observed: it has a good spectrum.
transient_live: a transient in it is live. Until it is off.
redshift_known: its redshift is known, and by the settings that is enough.
transient_seen_lately: a transient in it is off, but not gone yet. Until that one is gone.
transient_gone: a transient in it was wanted and is gone. It is wanted at 4MOST.
transient_unwanted: its transients are not wanted themselves.
transient_excluded: its transients are of classes that have no host, or not wanted.
new: not judged yet, which the next live run does.
transient_gone alone switches a host on.';

CREATE TYPE tides.why AS ENUM (
    'new',
    'live',
    'faint',
    'unobserved',
    'reclassified',
    'recurrent',
    'observed',
    'vetoed',
    'forced',
    'merged',
    'unreachable',
    'unselected',
    'host_only',
    'between_epochs',
    'unlisted'
);

COMMENT ON TYPE tides.why IS 'Why a target is live or not, by tides.live_verdict; the first of these that holds, in the order of the list below.
merged: it turned out to be another target, which has all of it now. For good.
unreachable: 4MOST does not reach its position. Until the position or the limits change.
vetoed: a person switched it off. Until the decision is undone, or a newer one stands.
forced: a person switched it on. The same.
unlisted: its list has it no more. Until the list has it again.
observed: of a list: it has a good spectrum of each epoch. Until its list asks for more.
between_epochs: of a list: it has a good spectrum of this epoch. Until the cadence is over.
live: of a list: none of these; nothing below speaks of it.
unselected: no function in use selects it. Until one does.
observed: it has as many good spectra as its functions ask for. Until a function asks for more, or a person forces it.
host_only: only functions that want hosts select it. Until a function wants it for itself.
recurrent: it was seen again after a long silence. Until a person reactivates it.
reclassified: two refreshes said that it is something else. Until two refreshes say so no more.
faint: each survey with a say finds it faint or unobserved, and one of them faint. Until one sees it bright.
unobserved: each survey with a say has not seen it for long. Until one sees it again.
live: none of these; it is wanted at 4MOST.
new: not judged yet, which the next live run does. Nothing becomes new again.
live and forced switch a target on; every other value switches it off. In the history new counts as on.';

CREATE FUNCTION tides.asked(part text) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN (NULLIF(current_setting(('tides.asked_'::text || part), true), ''::text))::jsonb;

COMMENT ON FUNCTION tides.asked(part text) IS 'What this transaction asks the live rule with in place of what is in force; NULL: nothing else';

CREATE FUNCTION tides.brightness(as_of timestamp with time zone, of_targets integer[] DEFAULT NULL::integer[]) RETURNS TABLE(tides_id integer, survey text, bright boolean, fainter boolean, brightest_mag double precision, bands text, since_jd double precision)
    LANGUAGE sql STABLE
    AS $$
SELECT
    m.tides_id,
    m.survey,
    bool_or(m.mag <= l.faint_limit),
    bool_and(m.mag > l.faint_limit + x.hysteresis_mag),
    min(m.mag),
    string_agg(m.band, ', ' ORDER BY array_position(l.bands, m.band)),
    max(m.seen_jd)
FROM tides.current_magnitude(as_of, of_targets) AS m
JOIN tides.survey_limits_asked() AS l USING (survey)
CROSS JOIN tides.live_limits_asked() AS x
WHERE m.band = ANY (l.bands)
    AND m.newest_jd >= tides.jd_utc(as_of) - l.current_max_age_days
    AND m.mag IS NOT NULL
GROUP BY m.tides_id, m.survey
$$;

COMMENT ON FUNCTION tides.brightness(as_of timestamp with time zone, of_targets integer[]) IS 'How bright each target is for each survey at a time';

CREATE FUNCTION tides.change_key(kind text, subject text, content jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((((kind || ' '::text) || subject) || ' '::text) || md5(COALESCE(((content - 'says'::text))::text, ''::text)));

COMMENT ON FUNCTION tides.change_key(kind text, subject text, content jsonb) IS 'The name of a change of the selection by its content';

CREATE FUNCTION tides.criteria_in_full(form jsonb, outcomes jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
    RETURN (
        SELECT coalesce(jsonb_agg(
            (s.said - '{note,of}'::text[])
            || jsonb_build_object('value', f.one -> 0, 'held', f.one -> 1)
            || CASE WHEN s.said ? 'note' AND f.one -> 1 = 'null' THEN jsonb_build_object('note', s.said -> 'note')
                ELSE '{}' END
            || CASE WHEN s.said ? 'of' THEN jsonb_build_object('of', tides.criteria_in_full(s.said -> 'of', f.one -> 2))
                ELSE '{}' END
            ORDER BY n
        ), '[]')
        FROM jsonb_array_elements(form) WITH ORDINALITY AS s (said, n)
        JOIN jsonb_array_elements(outcomes) WITH ORDINALITY AS f (one, n) USING (n)
    );
END $$;

COMMENT ON FUNCTION tides.criteria_in_full(form jsonb, outcomes jsonb) IS 'Each criterion of a verdict, with name, value, limit and whether it holds';

CREATE FUNCTION tides.current_magnitude(as_of timestamp with time zone, of_targets integer[] DEFAULT NULL::integer[]) RETURNS TABLE(tides_id integer, survey text, band text, newest_jd double precision, seen_jd double precision, mag double precision, err double precision)
    LANGUAGE sql STABLE
    AS $$
SELECT
    b.tides_id,
    b.survey,
    b.band,
    b.newest_jd,
    greatest(b.newest_jd, b.limit_jd),
    -- a later upper limit can make a band fainter, never brighter
    CASE WHEN b.limit_jd > b.newest_jd THEN greatest(p.mag, b.limit_mag) ELSE p.mag END,
    sqrt(coalesce(b.current_err, 0.2) ^ 2 + (coalesce(s.slope_err, 0.1) * d.days) ^ 2 + (0.02 * a.days) ^ 2)
FROM tides.target_band AS b
LEFT JOIN LATERAL (        -- the slope stays with the light curve that has it, and holds for that very magnitude
    SELECT (c.line ->> 'slope')::double precision AS slope, (c.line ->> 'slope_err')::double precision AS slope_err
    FROM tides.tides_alias AS o
    JOIN tides.light_curve AS l ON (l.lane, l.survey, l.object_id) = ('live', o.survey, o.object_id)
    CROSS JOIN LATERAL (SELECT l.bands -> b.band -> 'current') AS c (line)
    WHERE (o.tides_id, o.survey) = (b.tides_id, b.survey)
        AND (c.line ->> 'jd')::double precision = b.current_jd
        AND (c.line ->> 'mag')::double precision = b.current_mag
    ORDER BY o.object_id
    LIMIT 1
) AS s ON true
CROSS JOIN LATERAL (SELECT greatest(tides.jd_utc(as_of) - coalesce(b.current_jd, b.newest_jd), 0)) AS a (days)
CROSS JOIN LATERAL (SELECT least(a.days, CASE WHEN s.slope > 0 THEN 10 ELSE 1 END)) AS d (days)
CROSS JOIN LATERAL (SELECT b.current_mag + coalesce(s.slope, 0) * d.days) AS p (mag)
WHERE b.newest_jd IS NOT NULL
    AND (of_targets IS NULL OR b.tides_id = ANY (of_targets))
$$;

COMMENT ON FUNCTION tides.current_magnitude(as_of timestamp with time zone, of_targets integer[]) IS 'How bright each band of each target is at a time, and how well that is known';

CREATE FUNCTION tides.demand_keys(keys jsonb) RETURNS integer
    LANGUAGE plpgsql
    AS $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(format('%s (key %s)', k.name, k.pk), ', ' ORDER BY k.pk) INTO missing
        FROM jsonb_to_recordset(keys) AS k (id integer, pk bigint, name text)
        LEFT JOIN tides.target AS m ON m.tides_id = k.id AND m.pk_4most = k.pk
        WHERE m.tides_id IS NULL;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION '4MOST gave keys in this run that the master lacks: %', missing
            USING HINT = 'see tides.fourmost_key for these targets; another key is current there';
    END IF;
    RETURN jsonb_array_length(keys);
END $$;

CREATE FUNCTION tides.demand_target() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.tides_id IS NOT NULL AND NOT EXISTS (SELECT FROM tides.target WHERE tides_id = NEW.tides_id) THEN
        RAISE EXCEPTION 'there is no target %', NEW.tides_id
            USING ERRCODE = 'foreign_key_violation', HINT = 'take tides_id from tides.target';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION tides.draw_name(a_prefix text) RETURNS text
    LANGUAGE plpgsql
    AS $$
DECLARE
    this_year integer := extract(year FROM now() AT TIME ZONE 'UTC');
    drawn integer;
BEGIN
    INSERT INTO tides.name_counter AS c (prefix, year, next) VALUES (a_prefix, this_year, 1)
        ON CONFLICT (prefix, year) DO UPDATE SET next = c.next + 1
        RETURNING next - 1 INTO drawn;
    RETURN tides.target_name(a_prefix, this_year, drawn);
END $$;

CREATE FUNCTION tides.find_or_create_target(a_survey text, an_object_id text, a_ra double precision, a_dec double precision, a_first_jd double precision, a_last_jd double precision, a_template text, prefix text, radius_arcsec double precision, days double precision) RETURNS integer
    LANGUAGE plpgsql
    AS $$
DECLARE
    found integer;
    neighbour integer;
BEGIN
    SELECT m.tides_id INTO found
        FROM tides.tides_master AS m
        WHERE m.dec BETWEEN a_dec - radius_arcsec / 3600 AND a_dec + radius_arcsec / 3600
            AND tides.separation_arcsec(m.ra, m.dec, a_ra, a_dec) <= radius_arcsec
            AND coalesce(a_first_jd, a_last_jd) - m.jdmax < days
            AND m.jdmin - coalesce(a_last_jd, a_first_jd) < days
        ORDER BY tides.separation_arcsec(m.ra, m.dec, a_ra, a_dec), m.tides_id
        LIMIT 1;
    IF found IS NULL THEN
        SELECT m.tides_id INTO neighbour
            FROM tides.tides_master AS m
            WHERE m.dec BETWEEN a_dec - radius_arcsec / 3600 AND a_dec + radius_arcsec / 3600
                AND tides.separation_arcsec(m.ra, m.dec, a_ra, a_dec) <= radius_arcsec
            ORDER BY tides.separation_arcsec(m.ra, m.dec, a_ra, a_dec), m.tides_id
            LIMIT 1;
        INSERT INTO tides.tides_master
                (name, ra, dec, position_survey, reachable, template, jdmin, jdmax, same_place_as)
            VALUES (tides.draw_name(prefix), a_ra, a_dec, a_survey, false, a_template, a_first_jd, a_last_jd, neighbour)
            RETURNING tides_id INTO found;
    END IF;
    INSERT INTO tides.tides_alias (survey, object_id, tides_id) VALUES (a_survey, an_object_id, found);
    RETURN found;
END $$;

COMMENT ON FUNCTION tides.find_or_create_target(a_survey text, an_object_id text, a_ra double precision, a_dec double precision, a_first_jd double precision, a_last_jd double precision, a_template text, prefix text, radius_arcsec double precision, days double precision) IS 'Under the master lock: the target that a survey''s object is, by position and time; only a really new one draws an id and a name';

CREATE TABLE tides.function_in_use (
    rank integer NOT NULL,
    stream text NOT NULL,
    name text NOT NULL,
    hash text NOT NULL,
    target text NOT NULL,
    spectra integer NOT NULL,
    CONSTRAINT function_in_use_spectra_check CHECK ((spectra > 0)),
    CONSTRAINT function_in_use_target_check CHECK ((target = ANY (ARRAY['live'::text, 'host'::text])))
);

COMMENT ON TABLE tides.function_in_use IS 'The selection functions in use, as the newest live run had them';

CREATE FUNCTION tides.functions_asked() RETURNS SETOF tides.function_in_use
    LANGUAGE plpgsql STABLE ROWS 5
    AS $$
BEGIN
    IF tides.asked('functions') IS NULL THEN
        RETURN QUERY SELECT u.* FROM tides.function_in_use AS u;
    ELSE
        RETURN QUERY SELECT p.* FROM jsonb_populate_recordset(NULL::tides.function_in_use, tides.asked('functions')) AS p;
    END IF;
END
$$;

COMMENT ON FUNCTION tides.functions_asked() IS 'The selection functions that the live rule is asked with';

CREATE FUNCTION tides.galactic_latitude(ra_deg double precision, dec_deg double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN asind(GREATEST(('-1'::integer)::double precision, LEAST((1)::double precision, ((sind(dec_deg) * sind((27.12825)::double precision)) + ((cosd(dec_deg) * cosd((27.12825)::double precision)) * cosd((ra_deg - (192.85948)::double precision)))))));

COMMENT ON FUNCTION tides.galactic_latitude(ra_deg double precision, dec_deg double precision) IS 'Degrees; ICRS position of the Galactic pole: Hipparcos catalogue, vol. 1, 1.5.3';

CREATE FUNCTION tides.host_why_in_words(why tides.host_why, detail jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
SELECT CASE why
    WHEN 'not_asked_for' THEN 'hosts are not asked for'
    WHEN 'no_target' THEN 'no target lies in it'
    WHEN 'observed' THEN concat('observed by ', detail ->> 'source')
    WHEN 'transient_live' THEN 'its transient is live'
    WHEN 'redshift_known' THEN 'its redshift is known'
    WHEN 'transient_gone' THEN 'its transient is gone'
    WHEN 'transient_seen_lately' THEN 'its transient was seen lately'
    WHEN 'transient_unwanted' THEN 'its transient is not wanted'
    WHEN 'transient_excluded' THEN concat('its transient is ', detail ->> 'class')
    ELSE why::text
END
$$;

COMMENT ON FUNCTION tides.host_why_in_words(why tides.host_why, detail jsonb) IS 'Why a host galaxy is wanted at 4MOST or not, in a few words for people';

CREATE FUNCTION tides.jd_utc(moment timestamp with time zone) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (((EXTRACT(epoch FROM moment))::double precision / (86400)::double precision) + (2440587.5)::double precision);

CREATE FUNCTION tides.keep_past() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    before jsonb := to_jsonb(OLD);
    after jsonb := to_jsonb(NEW);
    key_before jsonb;
    key_after jsonb;
    counted_before jsonb;
    counted_after jsonb;
BEGIN
    SELECT jsonb_object_agg(n, before -> n), jsonb_object_agg(n, after -> n) INTO key_before, key_after
        FROM string_to_table(TG_ARGV[0], ' ') AS n;
    SELECT jsonb_object_agg(n, before -> n), jsonb_object_agg(n, after -> n) INTO counted_before, counted_after
        FROM string_to_table(TG_ARGV[1], ' ') AS n;
    IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND key_before <> key_after) THEN
        INSERT INTO tides.past (kind, key, content, at) VALUES (TG_TABLE_NAME, key_before, NULL, now());
    END IF;
    IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND (key_before, counted_before) <> (key_after, counted_after)) THEN
        INSERT INTO tides.past (kind, key, content, at)
            SELECT TG_TABLE_NAME, key_after, counted_after || coalesce(jsonb_object_agg(n, after -> n), '{}'), now()
            FROM string_to_table(TG_ARGV[2], ' ') AS n;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION tides.live_interval_at(as_of timestamp with time zone) RETURNS TABLE(tides_id integer, number bigint, since timestamp with time zone, until timestamp with time zone, why text)
    LANGUAGE sql STABLE
    AS $$
WITH step AS (
    SELECT
        (p.key ->> 'tides_id')::integer AS tides_id,
        p.past_id,
        coalesce((p.content ->> 'active')::boolean, false) AS active,
        lag(coalesce((p.content ->> 'active')::boolean, false), 1, false) OVER same AS was,
        p.content ->> 'why' AS why,
        CASE WHEN p.seed THEN coalesce((p.content ->> 'active_since')::timestamptz, p.at) ELSE p.at END AS at
    FROM tides.past AS p
    WHERE p.kind IN ('tides_master', 'tides_hosts') AND p.at <= as_of
    WINDOW same AS (PARTITION BY p.key ORDER BY p.past_id)
), paired AS (
    SELECT s.*, lead(s.at) OVER same AS until, lead(s.why) OVER same AS why_ended
    FROM step AS s
    WHERE s.active <> s.was
    WINDOW same AS (PARTITION BY s.tides_id ORDER BY s.past_id)
)
SELECT p.tides_id, row_number() OVER (PARTITION BY p.tides_id ORDER BY p.past_id), p.at, p.until, p.why_ended
FROM paired AS p
WHERE p.active
$$;

COMMENT ON FUNCTION tides.live_interval_at(as_of timestamp with time zone) IS 'From when to when each target was live, as known at a time';

CREATE TABLE tides.live_limits (
    one boolean DEFAULT true NOT NULL,
    hysteresis_mag double precision NOT NULL,
    unobserved_days double precision NOT NULL,
    survey_night_objects integer NOT NULL,
    other_survey_days double precision NOT NULL,
    complete_snr double precision,
    visit_objects integer DEFAULT 1 NOT NULL,
    CONSTRAINT live_limits_one_check CHECK (one)
);

COMMENT ON TABLE tides.live_limits IS 'One row: the settings of `live`, as the newest live run had them';

CREATE FUNCTION tides.live_limits_asked() RETURNS SETOF tides.live_limits
    LANGUAGE plpgsql STABLE ROWS 1
    AS $$
BEGIN
    RETURN QUERY
    SELECT p.*
    FROM tides.live_limits AS l
    CROSS JOIN LATERAL jsonb_populate_record(l, coalesce(tides.asked('live'), '{}')) AS p;
END
$$;

COMMENT ON FUNCTION tides.live_limits_asked() IS 'The limits of `live` that the live rule is asked with';

CREATE FUNCTION tides.live_verdict(as_of timestamp with time zone DEFAULT now(), of_targets integer[] DEFAULT NULL::integer[]) RETURNS TABLE(tides_id integer, active boolean, why tides.why, detail jsonb, surveys jsonb)
    LANGUAGE sql STABLE
    AS $$
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

COMMENT ON FUNCTION tides.live_verdict(as_of timestamp with time zone, of_targets integer[]) IS 'Whether each target is live at a time, why, and what each survey says of it; reads only';

CREATE FUNCTION tides.live_verdict_of(as_of timestamp with time zone, of_targets integer[]) RETURNS TABLE(tides_id integer, active boolean, why tides.why, detail jsonb, surveys jsonb)
    LANGUAGE plpgsql STABLE ROWS 1
    AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT * FROM tides.live_verdict(%L, %L)', as_of, of_targets);
END $$;

COMMENT ON FUNCTION tides.live_verdict_of(as_of timestamp with time zone, of_targets integer[]) IS 'Whether some targets are live at a time, why, and what each survey says of them; reads only';

CREATE FUNCTION tides.name_number(letters text) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ((SELECT (sum((((ascii(substr(name_number.letters, place.place, 1)) - 97))::numeric * ((26)::numeric ^ ((length(name_number.letters) - place.place))::numeric))))::bigint AS sum FROM generate_series(1, length(name_number.letters)) place(place)) + CASE length(letters) WHEN 4 THEN 17576 ELSE 0 END);

COMMENT ON FUNCTION tides.name_number(letters text) IS 'The inverse of target_name: aaa is 0, zzz 17575, aaaa 17576';

CREATE FUNCTION tides.night(survey text, jd double precision) RETURNS integer
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    AS $$
BEGIN
    RETURN (
        SELECT CASE v.night_kind
            WHEN 'counted' THEN floor(jd - v.night_zero_jd)::integer
            ELSE to_char(
                date '1858-11-17' + (floor(v.night_zero_jd - 2400000.5) + floor(jd - v.night_zero_jd))::integer,
                'YYYYMMDD'
            )::integer
        END
        FROM tides.survey AS v
        WHERE v.survey = night.survey
    );
END $$;

COMMENT ON FUNCTION tides.night(survey text, jd double precision) IS 'The survey''s own number of the night that holds a JD UTC, by the rule in tides.survey';

CREATE FUNCTION tides.night_end_jd(survey text, night integer) RETURNS double precision
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    AS $$
BEGIN
    RETURN (
        SELECT v.night_zero_jd + 1 + CASE v.night_kind
            WHEN 'counted' THEN night
            ELSE to_date(night::text, 'YYYYMMDD') - date '1858-11-17' - floor(v.night_zero_jd - 2400000.5)
        END
        FROM tides.survey AS v
        WHERE v.survey = night_end_jd.survey
    );
END $$;

COMMENT ON FUNCTION tides.night_end_jd(survey text, night integer) IS 'The JD UTC at which a survey''s night ends, by the rule in tides.survey';

CREATE FUNCTION tides.note_cell_count() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO tides.cell_count (cell, n)
    SELECT c.cell, sum(c.n)
    FROM (
        SELECT tides.sky_cell(OLD.ra, OLD.dec) AS cell, -1 AS n WHERE TG_OP <> 'INSERT' AND OLD.merged_into IS NULL
        UNION ALL
        SELECT tides.sky_cell(NEW.ra, NEW.dec), 1 WHERE TG_OP <> 'DELETE' AND NEW.merged_into IS NULL
    ) AS c
    GROUP BY c.cell
    HAVING sum(c.n) <> 0;
    RETURN NULL;
END $$;

CREATE FUNCTION tides.note_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_TABLE_NAME = 'tides_context' THEN
        INSERT INTO tides.changed_target (tides_id)
            SELECT DISTINCT a.tides_id FROM changed JOIN tides.tides_alias AS a USING (survey, object_id);
        RETURN NULL;
    END IF;
    INSERT INTO tides.changed_target (tides_id) SELECT DISTINCT tides_id FROM changed;
    IF TG_TABLE_NAME = 'host_candidate' THEN
        INSERT INTO tides.changed_target (tides_id) SELECT DISTINCT host_id FROM changed;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION tides.note_changed_all() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO tides.changed_target (tides_id) VALUES (NULL);
    RETURN NULL;
END $$;

CREATE FUNCTION tides.note_changed_row() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    written jsonb := coalesce(to_jsonb(NEW), to_jsonb(OLD));
    target integer := coalesce(written ->> 'tides_id', written ->> 'id');  -- the latter in fourmost_target
BEGIN
    IF target IS NOT NULL THEN
        INSERT INTO tides.changed_target (tides_id)
            SELECT target
            UNION ALL
            SELECT m.tides_id FROM tides.tides_master AS m WHERE m.merged_into = target;
    ELSE
        INSERT INTO tides.changed_target (tides_id)
            SELECT t.tides_id
            FROM jsonb_to_record(written) AS d (ra double precision, dec double precision, radius_arcsec double precision)
            CROSS JOIN LATERAL (
                SELECT m.tides_id, m.ra, m.dec FROM tides.tides_master AS m
                WHERE m.dec BETWEEN d.dec - d.radius_arcsec / 3600 AND d.dec + d.radius_arcsec / 3600
                UNION ALL
                SELECT h.tides_id, h.ra, h.dec FROM tides.tides_hosts AS h
                WHERE h.dec BETWEEN d.dec - d.radius_arcsec / 3600 AND d.dec + d.radius_arcsec / 3600
            ) AS t
            WHERE tides.separation_arcsec(t.ra, t.dec, d.ra, d.dec) <= d.radius_arcsec;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION tides.note_created() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO tides.tides_history (tides_id, step, reason, at)
        VALUES (NEW.id, 'created', format('key %s at 4MOST as %s, learnt by: %s', NEW.pk, NEW.name, NEW.learnt_how), now());
    RETURN NULL;
END $$;

CREATE FUNCTION tides.note_ingested() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO tides.tides_history (tides_id, step, reason, at)
        VALUES (NEW.id, 'ingested', format(
            'into 4MOST''s operations system at %s UTC', to_char(NEW.date_ingested AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')
        ), now());
    RETURN NULL;
END $$;

CREATE FUNCTION tides.note_target_count() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_TABLE_NAME = 'tides_hosts' THEN
        INSERT INTO tides.target_count (kind, n) VALUES ('host', CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END);
    ELSIF TG_OP <> 'UPDATE' OR (OLD.why, OLD.reachable, OLD.merged_into IS NULL)
        IS DISTINCT FROM (NEW.why, NEW.reachable, NEW.merged_into IS NULL)
    THEN
        INSERT INTO tides.target_count (kind, why, reachable, merged, n)
            SELECT 'sn', OLD.why::text, OLD.reachable, OLD.merged_into IS NOT NULL, -1 WHERE TG_OP <> 'INSERT'
            UNION ALL
            SELECT 'sn', NEW.why::text, NEW.reachable, NEW.merged_into IS NOT NULL, 1 WHERE TG_OP <> 'DELETE';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION tides.note_to_count() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_TABLE_NAME = 'candidate' THEN
        INSERT INTO tides.to_count (survey, object_id) SELECT survey, object_id FROM changed WHERE lane = 'live';
    ELSIF TG_TABLE_NAME = 'selection' THEN
        INSERT INTO tides.to_count (survey, object_id) SELECT survey, object_id FROM changed WHERE passed;
    ELSIF TG_TABLE_NAME = 'tides_alias' THEN
        INSERT INTO tides.to_count (survey, object_id)
            SELECT OLD.survey, OLD.object_id WHERE TG_OP <> 'INSERT'
            UNION
            SELECT NEW.survey, NEW.object_id WHERE TG_OP <> 'DELETE';
    ELSE
        INSERT INTO tides.to_count (survey, object_id)
            SELECT survey, object_id FROM tides.tides_alias WHERE tides_id = NEW.tides_id;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION tides.off_in_words(detail jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT string_agg(
    s.key || ': ' || CASE s.value WHEN 'faint' THEN 'faded' ELSE 'not seen' END, ', ' ORDER BY s.key
)
FROM jsonb_each_text(detail -> 'surveys') AS s
$$;

COMMENT ON FUNCTION tides.off_in_words(detail jsonb) IS 'What the surveys say that switch a target off, in a few words';

CREATE FUNCTION tides.past_at(of_kind text, as_of timestamp with time zone) RETURNS TABLE(key jsonb, content jsonb, at timestamp with time zone)
    LANGUAGE sql STABLE
    AS $$
SELECT p.key, p.content, p.at
FROM (
    SELECT DISTINCT ON (o.key) o.key, o.content, o.at
    FROM tides.past AS o
    WHERE o.kind = of_kind AND o.at <= as_of
    ORDER BY o.key, o.past_id DESC
) AS p
WHERE p.content IS NOT NULL
$$;

COMMENT ON FUNCTION tides.past_at(of_kind text, as_of timestamp with time zone) IS 'How the rows of a table that tides.past keeps stood at a time';

CREATE FUNCTION tides.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'tides.% is append-only', TG_TABLE_NAME USING HINT = 'write a further row that says what is right';
END $$;

CREATE FUNCTION tides.selected_object(of_targets integer[] DEFAULT NULL::integer[]) RETURNS TABLE(tides_id integer, survey text, object_id text, stream text, function text, rank integer, target text, spectra integer, trigger_jd double precision, to_judge boolean)
    LANGUAGE sql STABLE
    AS $$
SELECT a.tides_id, s.survey, s.object_id, s.stream, s.function, u.rank, u.target, u.spectra, s.trigger_jd, false
FROM tides.functions_asked() AS u
JOIN tides.selection AS s ON (s.function, s.function_hash) = (u.name, u.hash) AND s.stream = u.stream
LEFT JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (s.survey, s.object_id)
WHERE s.passed AND s.merged_at IS NOT NULL
    AND (of_targets IS NULL OR a.tides_id = ANY (of_targets))
UNION ALL
SELECT a.tides_id, s.survey, s.object_id, s.stream, s.function, u.rank, u.target, u.spectra, s.trigger_jd, true
FROM tides.functions_asked() AS u
JOIN tides.selection AS s ON s.function = u.name AND s.function_hash <> u.hash AND s.stream = u.stream
LEFT JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (s.survey, s.object_id)
WHERE s.passed AND s.merged_at IS NOT NULL
    AND (of_targets IS NULL OR a.tides_id = ANY (of_targets))
    AND NOT EXISTS (
        -- a verdict that comes again is merged again, so that merged_at is when it was last given
        SELECT FROM tides.selection AS n
        WHERE n.lane = 'live'
            AND (n.survey, n.object_id, n.function, n.stream) = (s.survey, s.object_id, s.function, s.stream)
            AND n.function_hash <> s.function_hash
            AND (n.merged_at, n.selection_id) > (s.merged_at, s.selection_id)
    )
    AND NOT EXISTS (
        SELECT FROM jsonb_to_recordset(tides.asked('judged')) AS j (survey text, object_id text, stream text, function text)
        WHERE (j.survey, j.object_id, j.stream, j.function) = (s.survey, s.object_id, s.stream, s.function)
    )
UNION ALL
SELECT a.tides_id, j.survey, j.object_id, j.stream, j.function, u.rank, u.target, u.spectra, j.trigger_jd, false
FROM tides.functions_asked() AS u
JOIN jsonb_to_recordset(tides.asked('judged')) AS j (
    survey text, object_id text, stream text, function text, trigger_jd double precision
) ON (j.stream, j.function) = (u.stream, u.name)
LEFT JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (j.survey, j.object_id)
WHERE j.trigger_jd IS NOT NULL
    AND (of_targets IS NULL OR a.tides_id = ANY (of_targets))
$$;

COMMENT ON FUNCTION tides.selected_object(of_targets integer[]) IS 'The objects that functions select, also those that an edited function has still to judge';

CREATE FUNCTION tides.separation_arcsec(ra_1 double precision, dec_1 double precision, ra_2 double precision, dec_2 double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (((3600 * 2))::double precision * degrees(asin(LEAST((1)::double precision, sqrt(((sind(((dec_2 - dec_1) / (2)::double precision)) ^ (2)::double precision) + ((cosd(dec_1) * cosd(dec_2)) * (sind(((ra_2 - ra_1) / (2)::double precision)) ^ (2)::double precision))))))));

COMMENT ON FUNCTION tides.separation_arcsec(ra_1 double precision, dec_1 double precision, ra_2 double precision, dec_2 double precision) IS 'Great-circle distance by the haversine formula; right ascension may wrap';

CREATE FUNCTION tides.sky_cell(ra_deg double precision, dec_deg double precision) RETURNS integer
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
DECLARE
    -- Górski et al. 2005, ApJ 622, 759. Quarters of the circle, and where the place lies on the rising and on the falling
    -- lines of the grid.
    nside constant integer := 32;
    quarter constant double precision := (ra_deg - 360 * floor(ra_deg / 360)) / 90;
    z constant double precision := sind(dec_deg);
    base integer;
    across double precision;
    rising integer;
    falling integer;
    x integer;
    y integer;
BEGIN
    IF abs(z) <= 2.0 / 3 THEN
        rising := floor(nside * (0.5 + quarter - 0.75 * z));
        falling := floor(nside * (0.5 + quarter + 0.75 * z));
        base := CASE
            WHEN rising / nside = falling / nside THEN rising / nside % 4 + 4
            WHEN rising / nside < falling / nside THEN rising / nside % 4
            ELSE falling / nside % 4 + 8
        END;
        x := falling % nside;
        y := nside - 1 - rising % nside;
    ELSE
        base := least(3, floor(quarter));
        -- A cosine keeps its digits at a pole, where one less the sine has none.
        across := nside * cosd(dec_deg) * sqrt(3 / (1 + abs(z)));
        rising := least(nside - 1, floor((quarter - base) * across));
        falling := least(nside - 1, floor((1 - quarter + base) * across));
        x := CASE WHEN z > 0 THEN nside - 1 - falling ELSE rising END;
        y := CASE WHEN z > 0 THEN nside - 1 - rising ELSE falling END;
        base := CASE WHEN z > 0 THEN base ELSE base + 8 END;
    END IF;
    -- The bits of x and y take turns.
    RETURN base * nside * nside
        + (x & 1) + ((x & 2) << 1) + ((x & 4) << 2) + ((x & 8) << 3) + ((x & 16) << 4)
        + ((y & 1) << 1) + ((y & 2) << 2) + ((y & 4) << 3) + ((y & 8) << 4) + ((y & 16) << 5);
END $$;

COMMENT ON FUNCTION tides.sky_cell(ra_deg double precision, dec_deg double precision) IS 'HEALPix cell of a place (ICRS degrees): nside 32, nested. A cell of a lower nside has a range of these numbers';

CREATE TABLE tides.fourmost_target (
    id integer NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    wanted jsonb,
    problem text,
    told jsonb,
    told_at timestamp with time zone,
    before_told jsonb,
    sending_since timestamp with time zone,
    attempt integer DEFAULT 0 NOT NULL,
    refusal text,
    refused jsonb,
    date_latest double precision,
    date_ingested timestamp with time zone,
    not_before timestamp with time zone,
    held text,
    held_since timestamp with time zone,
    released_by text,
    released_at timestamp with time zone,
    in_bulk integer,
    failed_in integer,
    failing_since timestamp with time zone,
    priority integer DEFAULT 0 NOT NULL,
    differs boolean GENERATED ALWAYS AS (((wanted IS DISTINCT FROM told) OR (sending_since IS NOT NULL) OR ((state <> 'live'::text) AND COALESCE(((told ->> 'is_active'::text) = 'true'::text), false)))) STORED NOT NULL,
    CONSTRAINT fourmost_target_date_latest_check CHECK (((date_latest >= (0)::double precision) AND (date_latest <= ('10000000'::numeric)::double precision))),
    CONSTRAINT fourmost_target_failed_in_check CHECK ((failed_in > 0)),
    CONSTRAINT fourmost_target_held_check CHECK ((held = ANY (ARRAY['initial'::text, 'created'::text, 'host'::text, 'new'::text, 'faint'::text, 'unobserved'::text, 'reclassified'::text, 'recurrent'::text, 'merged'::text, 'unreachable'::text, 'unselected'::text, 'host_only'::text, 'budget'::text]))),
    CONSTRAINT fourmost_target_in_bulk_check CHECK ((in_bulk > 0)),
    CONSTRAINT fourmost_target_state_check CHECK ((state = ANY (ARRAY['live'::text, 'inactive'::text, 'absent'::text])))
)
WITH (fillfactor='80');

COMMENT ON TABLE tides.fourmost_target IS 'What we want of a target at 4MOST beside what 4MOST was last told';

COMMENT ON COLUMN tides.fourmost_target.wanted IS 'The whole row wanted at 4MOST, is_active included; NULL while it cannot be sent';

COMMENT ON COLUMN tides.fourmost_target.problem IS 'Why it cannot be sent';

COMMENT ON COLUMN tides.fourmost_target.told IS 'What 4MOST holds, by its own last answer; NULL: unknown, or never told';

COMMENT ON COLUMN tides.fourmost_target.before_told IS 'What told was before the request under way: put back when the request surely did nothing';

COMMENT ON COLUMN tides.fourmost_target.sending_since IS 'A request is under way, or its outcome is unknown, since; also says whose request it is';

COMMENT ON COLUMN tides.fourmost_target.attempt IS 'Requests since the last one that was stored';

COMMENT ON COLUMN tides.fourmost_target.refused IS 'The row that 4MOST refused: not sent again until it differs';

COMMENT ON COLUMN tides.fourmost_target.not_before IS 'After failures: not tried again before';

COMMENT ON COLUMN tides.fourmost_target.held IS 'The guard holds the change: too many at once of this kind';

COMMENT ON COLUMN tides.fourmost_target.released_by IS 'Who let the held change go; until it is told';

COMMENT ON COLUMN tides.fourmost_target.in_bulk IS 'Rows of the request under way, or of the last one';

COMMENT ON COLUMN tides.fourmost_target.failed_in IS 'Rows of the last request that had no clear answer and surely stored nothing; NULL: none since the row was stored';

COMMENT ON COLUMN tides.fourmost_target.failing_since IS 'When the first of these requests was sent';

COMMENT ON COLUMN tides.fourmost_target.priority IS 'By the settings'' template: the highest goes first. 4MOST is not told';

COMMENT ON COLUMN tides.fourmost_target.differs IS 'Whether 4MOST may hold something else than we want';

CREATE FUNCTION tides.state_at_4most(wanted boolean, f tides.fourmost_target) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT CASE
    WHEN (coalesce(f.told, f.before_told) ->> 'is_active') = 'true' THEN CASE
        WHEN wanted THEN 'active'
        WHEN f.held IS NOT NULL THEN 'active, its end is held'
        ELSE 'active, its end waits'
    END
    WHEN NOT wanted THEN CASE
        WHEN coalesce(f.told, f.before_told) IS NOT NULL THEN 'switched off'
        WHEN f.sending_since IS NOT NULL THEN 'unknown'
        ELSE 'never sent'
    END
    WHEN f.id IS NULL OR f.state <> 'live' THEN 'not staged'
    WHEN f.held IS NOT NULL THEN 'held'
    WHEN f.refusal IS NOT NULL THEN 'refused'
    WHEN f.problem IS NOT NULL THEN 'cannot be sent'
    WHEN f.sending_since IS NOT NULL THEN 'unknown'
    ELSE 'waiting'
END
$$;

COMMENT ON FUNCTION tides.state_at_4most(wanted boolean, f tides.fourmost_target) IS 'How a target stands at 4MOST, in a word; of a live one that is not active there the cause';

CREATE FUNCTION tides.survey_in_words(part jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
SELECT s.survey || ': ' || CASE
    WHEN s.faint AND s.bands IS NULL THEN 'faded before, nothing newer is known'
    WHEN s.faint THEN format('fainter than %s in %s since MJD %s',
        s.faint_limit, s.bands, round((s.since_jd - 2400000.5)::numeric, 1))
    WHEN s.unobserved THEN format('not seen in %s visits of its place since MJD %s (%s d)',
        s.silent_visits, round((s.last_jd - 2400000.5)::numeric, 1), round(s.silent_days::numeric))
    WHEN s.bands IS NULL THEN format('seen at MJD %s', round((s.last_jd - 2400000.5)::numeric, 1))
    ELSE format('%s mag in the brightest of %s, seen at MJD %s',
        round(s.brightest_mag::numeric, 2), s.bands, round((s.last_jd - 2400000.5)::numeric, 1))
END
FROM jsonb_to_record(part) AS s (
    survey text, faint boolean, unobserved boolean, last_jd double precision, silent_visits integer,
    silent_days double precision, brightest_mag double precision, bands text, since_jd double precision,
    faint_limit double precision
)
$$;

COMMENT ON FUNCTION tides.survey_in_words(part jsonb) IS 'What a survey says of a target, with the numbers behind it';

CREATE TABLE tides.survey_limits (
    survey text NOT NULL,
    streams text[] NOT NULL,
    bands text[] NOT NULL,
    faint_limit double precision NOT NULL,
    current_window_days double precision NOT NULL,
    current_max_age_days double precision NOT NULL,
    unobserved_nights integer NOT NULL,
    recurrent_days double precision NOT NULL,
    unobserved_visits integer
);

COMMENT ON TABLE tides.survey_limits IS 'A row a survey: its streams, and their settings of `live`, as the newest live run had them';

COMMENT ON COLUMN tides.survey_limits.bands IS 'The bands that count, in the order in which sentences name them';

CREATE FUNCTION tides.survey_limits_asked() RETURNS SETOF tides.survey_limits
    LANGUAGE plpgsql STABLE ROWS 3
    AS $$
BEGIN
    IF tides.asked('surveys') IS NULL THEN
        RETURN QUERY SELECT l.* FROM tides.survey_limits AS l;
    ELSE
        RETURN QUERY
        SELECT p.*
        FROM jsonb_array_elements(tides.asked('surveys')) AS a (part)
        LEFT JOIN tides.survey_limits AS l ON l.survey = a.part ->> 'survey'
        CROSS JOIN LATERAL jsonb_populate_record(l, a.part) AS p;
    END IF;
END
$$;

COMMENT ON FUNCTION tides.survey_limits_asked() IS 'The limits of each survey that the live rule is asked with';

CREATE FUNCTION tides.survey_verdict(as_of timestamp with time zone, of_targets integer[] DEFAULT NULL::integer[]) RETURNS TABLE(tides_id integer, survey text, faint boolean, unobserved boolean, has_say boolean, last_jd double precision, silent_visits integer, silent_days double precision, brightest_mag double precision, bands text, since_jd double precision, faint_limit double precision)
    LANGUAGE sql STABLE
    AS $$
WITH alias AS (
    SELECT
        a.tides_id,
        a.survey,
        bool_or(a.faint) AS was_faint,
        max(coalesce(a.last_jd, a.seen_jd)) AS last_jd,
        min(a.cell) AS cell,   -- its objects are within an arc second
        bool_or(EXISTS (
            SELECT FROM tides.candidate AS c
            WHERE (c.lane, c.survey, c.object_id) = ('live', a.survey, a.object_id) AND c.waiting
        )) AS waiting
    FROM tides.tides_alias AS a
    WHERE (of_targets IS NULL OR a.tides_id = ANY (of_targets))
    GROUP BY a.tides_id, a.survey
), read AS (               -- until when each survey is read
    SELECT l.survey, l.faint_limit, l.unobserved_visits, c.jd
    FROM tides.survey_limits_asked() AS l
    LEFT JOIN tides.caught_up AS c USING (survey)
), visited AS MATERIALIZED (   -- the nights in which each place was visited, in order
    SELECT survey, cell, array_agg(night ORDER BY night) AS nights
    FROM tides.visited_night
    GROUP BY survey, cell
), looked AS MATERIALIZED (    -- the night of each upper limit or forced photometry after its last detection
    SELECT b.tides_id, b.survey, tides.night(b.survey, b.limit_jd) AS night
    FROM alias AS a
    JOIN tides.target_band AS b ON (b.tides_id, b.survey) = (a.tides_id, a.survey) AND b.limit_jd > a.last_jd
), counted AS MATERIALIZED (
    SELECT survey, night FROM tides.counted_night
), measured AS MATERIALIZED (  -- the nights since then in which such a measurement of its own shows a visit
    SELECT k.tides_id, k.survey, array_agg(DISTINCT k.night) AS nights
    FROM looked AS k
    JOIN counted AS c USING (survey, night)
    GROUP BY k.tides_id, k.survey
), bright AS MATERIALIZED (
    SELECT * FROM tides.brightness(as_of, of_targets)
)
SELECT
    a.tides_id,
    a.survey,
    CASE WHEN a.was_faint THEN NOT coalesce(b.bright, false) ELSE coalesce(b.fainter, false) END,
    NOT a.waiting AND coalesce(s.visits >= r.unobserved_visits OR s.days >= x.unobserved_days, false),
    coalesce(a.last_jd >= tides.jd_utc(as_of) - x.other_survey_days, false),
    a.last_jd,
    s.visits,
    s.days,
    b.brightest_mag,
    b.bands,
    b.since_jd,
    r.faint_limit
FROM alias AS a
CROSS JOIN tides.live_limits_asked() AS x
LEFT JOIN bright AS b ON (b.tides_id, b.survey) = (a.tides_id, a.survey)
LEFT JOIN read AS r ON r.survey = a.survey
LEFT JOIN visited AS v ON (v.survey, v.cell) = (a.survey, a.cell)
LEFT JOIN measured AS m ON (m.tides_id, m.survey) = (a.tides_id, a.survey)
CROSS JOIN LATERAL (SELECT tides.night(a.survey, a.last_jd) AS night) AS l
CROSS JOIN LATERAL (       -- width_bucket counts the nights up to the one in which it was last seen
    SELECT
        coalesce(cardinality(v.nights) - width_bucket(l.night, v.nights), 0) + (
            SELECT count(*)
            FROM unnest(m.nights) AS n (night)
            WHERE n.night > l.night AND n.night <> ALL (coalesce(v.nights, '{}'))
        )::integer AS visits,
        r.jd - a.last_jd AS days
) AS s
$$;

COMMENT ON FUNCTION tides.survey_verdict(as_of timestamp with time zone, of_targets integer[]) IS 'What each survey says of each target at a time, with the numbers behind it';

CREATE FUNCTION tides.target_at(as_of timestamp with time zone) RETURNS TABLE(tides_id integer, kind text, name text, content jsonb)
    LANGUAGE sql STABLE
    AS $$
SELECT (m.key ->> 'tides_id')::integer, 'sn', m.content ->> 'name', m.content
FROM tides.past_at('tides_master', as_of) AS m
UNION ALL
SELECT (h.key ->> 'tides_id')::integer, 'host', h.content ->> 'name', h.content
FROM tides.past_at('tides_hosts', as_of) AS h
$$;

COMMENT ON FUNCTION tides.target_at(as_of timestamp with time zone) IS 'The targets, transients and hosts, as they stood at a time';

CREATE FUNCTION tides.target_name(prefix text, year integer, number integer) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
DECLARE
    letters text := '';
    rest integer := number;
    length integer := 3;
BEGIN
    IF number >= 17576 THEN          -- after zzz comes aaaa
        rest := number - 17576;
        length := 4;
    END IF;
    IF rest >= 26 ^ length THEN
        RAISE EXCEPTION 'the names of % for % are used up', prefix, year
            USING HINT = 'choose another fourmost.name_prefix';
    END IF;
    FOR _ IN 1..length LOOP
        letters := chr(97 + rest % 26) || letters;
        rest := rest / 26;
    END LOOP;
    RETURN prefix || lpad((year % 100)::text, 2, '0') || letters;
END $$;

CREATE FUNCTION tides.to_judge_in_words(detail jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT 'the edited ' || string_agg(f.name, ', ' ORDER BY f.name)
FROM jsonb_array_elements_text(detail -> 'to_judge') AS f (name)
$$;

COMMENT ON FUNCTION tides.to_judge_in_words(detail jsonb) IS 'Which edited functions have still to judge a target, in a few words';

CREATE FUNCTION tides.verdict_in_words(why tides.why, detail jsonb, surveys jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
SELECT CASE
    WHEN why IN ('vetoed', 'forced') THEN format('%s by %s: %s', why, detail ->> 'by', detail ->> 'reason')
    WHEN why = 'live' AND detail ? 'list' THEN format('%s on the list %s: %s of %s epochs',
        detail ->> 'entry', detail ->> 'list', detail ->> 'spectra', detail ->> 'epochs')
    WHEN why = 'unlisted' THEN format('%s by %s', tides.why_in_words(why, detail), detail ->> 'by')
    WHEN why = 'observed' THEN format('%s good spectra, the newest of %s by %s',
        detail ->> 'spectra', detail ->> 'night', detail ->> 'source')
    WHEN why = 'reclassified' THEN format('%s, said in refreshes from %s to %s', tides.why_in_words(why, detail),
        detail ->> 'since', detail ->> 'settled')
    WHEN why = 'recurrent' THEN format('recurrent: seen again at MJD %s after a long silence',
        round(((detail ->> 'seen_again_jd')::double precision - 2400000.5)::numeric, 1))
    WHEN why IN ('live', 'faint', 'unobserved') THEN (
        SELECT string_agg(tides.survey_in_words(s.part), '; ' ORDER BY s.part ->> 'survey')
        FROM jsonb_array_elements(surveys) AS s (part)
        WHERE why = 'live' OR (s.part ->> 'faint')::boolean OR (s.part ->> 'unobserved')::boolean
    ) || coalesce('; to be judged again by ' || tides.to_judge_in_words(detail), '')
    ELSE tides.why_in_words(why, detail)
END
$$;

COMMENT ON FUNCTION tides.verdict_in_words(why tides.why, detail jsonb, surveys jsonb) IS 'A verdict of tides.live_verdict as a sentence with the facts behind it';

CREATE FUNCTION tides.why_in_words(why tides.why, detail jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
SELECT CASE why
    WHEN 'faint' THEN tides.off_in_words(detail)
    WHEN 'unobserved' THEN tides.off_in_words(detail)
    WHEN 'reclassified' THEN concat('reclassified: ', detail ->> 'said')
    WHEN 'observed' THEN concat('observed by ', detail ->> 'source')
    WHEN 'merged' THEN concat('merged into ', detail ->> 'into')
    WHEN 'unreachable' THEN 'out of reach'
    WHEN 'unselected' THEN 'no function in use selects it'
    WHEN 'live' THEN concat('live', '; to be judged again by ' || tides.to_judge_in_words(detail))
    WHEN 'unlisted' THEN concat('taken off the list ', detail ->> 'list')
    WHEN 'between_epochs' THEN format('%s of %s epochs; again from %s on',
        detail ->> 'spectra', detail ->> 'epochs', detail ->> 'until')
    WHEN 'host_only' THEN 'host only'
    ELSE why::text
END
$$;

COMMENT ON FUNCTION tides.why_in_words(why tides.why, detail jsonb) IS 'Why a target is live or not, in a few words for people';

CREATE TABLE tides.accepted_unknown (
    stream text NOT NULL,
    name text NOT NULL,
    by text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE tides.accepted_unknown IS 'Columns whose implausible values are taken as unknown, until they are mostly plausible again';

CREATE VIEW tides.active_at_4most AS
 SELECT f.id,
    f.name,
    ((t.told ->> 'ra'::text))::double precision AS ra,
    ((t.told ->> 'dec'::text))::double precision AS "dec",
    ((t.told ->> 'mag'::text))::double precision AS mag
   FROM (tides.fourmost_target f
     CROSS JOIN LATERAL ( SELECT COALESCE(f.told, f.before_told) AS told) t)
  WHERE ((f.state = 'live'::text) AND ((t.told ->> 'is_active'::text) = 'true'::text));

COMMENT ON VIEW tides.active_at_4most IS 'The targets that 4MOST holds as active, and that we want so; its own values';

CREATE TABLE tides.alarm (
    alarm_id bigint NOT NULL,
    kind text NOT NULL,
    began_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone
);

COMMENT ON TABLE tides.alarm IS 'What messages tell of: each time that a kind of event was open, from its beginning to its end; a digest and a report are over at once';

ALTER TABLE tides.alarm ALTER COLUMN alarm_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.alarm_alarm_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tides.alarm_message (
    message_id bigint NOT NULL,
    alarm_id bigint NOT NULL,
    channel text NOT NULL,
    all_clear boolean NOT NULL,
    title text NOT NULL,
    text text NOT NULL,
    claimed_at timestamp with time zone,
    sent_at timestamp with time zone
);

COMMENT ON TABLE tides.alarm_message IS 'The two messages of an alarm by each channel: that it began, and that it is over';

COMMENT ON COLUMN tides.alarm_message.channel IS 'Its name in alarms.notifiers';

COMMENT ON COLUMN tides.alarm_message.claimed_at IS 'A task sends it since then; it is sent by another one when that task must be dead';

COMMENT ON COLUMN tides.alarm_message.sent_at IS 'The channel has taken it; NULL: it waits';

ALTER TABLE tides.alarm_message ALTER COLUMN message_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.alarm_message_message_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tides.annotated_as (
    survey text NOT NULL,
    said jsonb
);

COMMENT ON TABLE tides.annotated_as IS 'The surveys whose objects are noted in to_annotate';

COMMENT ON COLUMN tides.annotated_as.said IS 'The topic, code and functions for which all objects were noted; NULL: not yet';

CREATE TABLE tides.annotation (
    survey text NOT NULL,
    object_id text NOT NULL,
    told jsonb NOT NULL,
    told_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE tides.annotation IS 'What Lasair was last told of an object as an annotation: sent again only when it differs';

CREATE TABLE tides.bridge_run (
    run_id text NOT NULL,
    lane text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone NOT NULL,
    window_start timestamp with time zone,
    window_end timestamp with time zone,
    good boolean NOT NULL,
    counts jsonb NOT NULL,
    report text NOT NULL,
    code_version text NOT NULL,
    airflow_state text
);

COMMENT ON TABLE tides.bridge_run IS 'One row an attempt of a run, kept whatever becomes of Airflow''s own tables';

COMMENT ON COLUMN tides.bridge_run.airflow_state IS 'The attempt ended without its report, in this state of Airflow''s, and a later run wrote the row; NULL: it reported itself';

CREATE TABLE tides.candidate (
    lane text NOT NULL,
    stream text NOT NULL,
    object_id text NOT NULL,
    survey text NOT NULL,
    alert jsonb NOT NULL,
    alert_hash bytea NOT NULL,
    known_at timestamp with time zone NOT NULL,
    ra double precision,
    "dec" double precision,
    first_jd double precision,
    last_jd double precision,
    detections integer,
    sherlock_class text,
    bands jsonb NOT NULL,
    messages bigint NOT NULL,
    origin text DEFAULT 'stream'::text NOT NULL,
    waiting boolean DEFAULT true NOT NULL,
    waiting_since timestamp with time zone DEFAULT now() NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    problem text,
    said_at timestamp with time zone,
    contexts jsonb DEFAULT '[]'::jsonb NOT NULL,
    cell integer,
    CONSTRAINT candidate_dec_check CHECK ((("dec" >= ('-90'::integer)::double precision) AND ("dec" <= (90)::double precision))),
    CONSTRAINT candidate_first_jd_check CHECK (((first_jd >= (0)::double precision) AND (first_jd <= ('10000000'::numeric)::double precision))),
    CONSTRAINT candidate_last_jd_check CHECK (((last_jd >= (0)::double precision) AND (last_jd <= ('10000000'::numeric)::double precision))),
    CONSTRAINT candidate_origin_check CHECK ((origin = ANY (ARRAY['stream'::text, 'audit'::text, 'refresh'::text, 'hand'::text]))),
    CONSTRAINT candidate_ra_check CHECK (((ra >= (0)::double precision) AND (ra <= (360)::double precision)))
)
WITH (fillfactor='80');

COMMENT ON TABLE tides.candidate IS 'Per lane, stream and object its newest alert';

COMMENT ON COLUMN tides.candidate.alert IS 'The message without its light curve and its UTC';

COMMENT ON COLUMN tides.candidate.known_at IS 'When the broker sent the newest alert: what was known, and when';

COMMENT ON COLUMN tides.candidate.bands IS 'From the message columns: band -> jd, mag, brightest';

COMMENT ON COLUMN tides.candidate.messages IS 'How many messages have been folded in';

COMMENT ON COLUMN tides.candidate.said_at IS 'When the broker sent the newest message of the object, whatever has replaced it since; NULL: before this column, or none came';

COMMENT ON COLUMN tides.candidate.contexts IS 'The columns that functions read, as said when the detections up to until_jd (JD UTC) were first judged; the oldest first';

COMMENT ON COLUMN tides.candidate.cell IS 'The cell of its position, of the survey''s grid; -1: it has no position; NULL: not placed yet';

CREATE TABLE tides.candidate_visit (
    visit_no integer NOT NULL,
    visit text,
    tile text,
    ra double precision,
    "dec" double precision,
    planned text,
    content jsonb NOT NULL,
    read_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT candidate_visit_check CHECK ((num_nonnulls(visit, tile) > 0)),
    CONSTRAINT candidate_visit_check1 CHECK ((num_nonnulls(ra, "dec") = ANY (ARRAY[0, 2]))),
    CONSTRAINT candidate_visit_dec_check CHECK ((("dec" >= ('-90'::integer)::double precision) AND ("dec" <= (90)::double precision))),
    CONSTRAINT candidate_visit_ra_check CHECK (((ra >= (0)::double precision) AND (ra <= (360)::double precision)))
);

COMMENT ON TABLE tides.candidate_visit IS 'The visits that 4MOST may make next; replaced whole by each reading';

COMMENT ON COLUMN tides.candidate_visit.visit_no IS 'Its place in 4MOST''s answer: nothing says that a visit''s name comes once';

COMMENT ON COLUMN tides.candidate_visit.visit IS 'As 4MOST names it';

COMMENT ON COLUMN tides.candidate_visit.ra IS 'Centre of the tile';

COMMENT ON COLUMN tides.candidate_visit.planned IS 'When, in 4MOST''s words; NULL: it does not say';

COMMENT ON COLUMN tides.candidate_visit.content IS 'The visit as 4MOST gave it';

CREATE TABLE tides.candidate_visit_target (
    visit_no integer NOT NULL,
    target_id integer NOT NULL
);

COMMENT ON TABLE tides.candidate_visit_target IS 'Which of our targets a visit may observe: it names them, or its tile lies over them';

COMMENT ON COLUMN tides.candidate_visit_target.target_id IS 'The id in fourmost_target';

CREATE TABLE tides.stream_offset (
    lane text NOT NULL,
    stream text NOT NULL,
    partition integer NOT NULL,
    topic_id text,
    next_offset bigint NOT NULL,
    last_hash bytea,
    caught_up_at timestamp with time zone,
    newest_stamp timestamp with time zone,
    CONSTRAINT stream_offset_next_offset_check CHECK ((next_offset >= 0))
);

COMMENT ON TABLE tides.stream_offset IS 'The true bookmark: written in the same transaction as what was read';

COMMENT ON COLUMN tides.stream_offset.last_hash IS 'sha256 of the message before next_offset: another one means that the log was changed';

COMMENT ON COLUMN tides.stream_offset.caught_up_at IS 'Until when the partition has been read to its end';

COMMENT ON COLUMN tides.stream_offset.newest_stamp IS 'The newest stamp that the broker gave to a message up to next_offset';

CREATE VIEW tides.caught_up AS
 SELECT l.survey,
    min(tides.jd_utc(o.caught_up_at)) AS jd
   FROM (tides.survey_limits_asked() l(survey, streams, bands, faint_limit, current_window_days, current_max_age_days, unobserved_nights, recurrent_days, unobserved_visits)
     JOIN tides.stream_offset o ON (((o.lane = 'live'::text) AND (o.stream = ANY (l.streams)))))
  GROUP BY l.survey
 HAVING bool_and((o.caught_up_at IS NOT NULL));

COMMENT ON VIEW tides.caught_up IS 'Until when (JD UTC) each survey has been read to the end';

CREATE TABLE tides.cell_count (
    cell integer NOT NULL,
    n bigint NOT NULL
);

COMMENT ON TABLE tides.cell_count IS 'How many targets lie in each cell of tides.sky_cell: the sum of n. Triggers add rows, and the report sums them up';

CREATE TABLE tides.cell_night (
    stream text NOT NULL,
    night integer NOT NULL,
    cell integer NOT NULL,
    objects integer NOT NULL,
    CONSTRAINT cell_night_cell_check CHECK ((cell >= 0))
);

COMMENT ON TABLE tides.cell_night IS 'How many distinct objects of a cell a stream brought whose last detection lies in a night; of the last nights only';

CREATE TABLE tides.changed_target (
    changed_id bigint NOT NULL,
    tides_id integer
);

COMMENT ON TABLE tides.changed_target IS 'Targets and hosts of which something has changed since they were judged; targets/judge_targets.sql takes the rows out';

COMMENT ON COLUMN tides.changed_target.tides_id IS 'A target or a host, also several times; NULL: all of them';

ALTER TABLE tides.changed_target ALTER COLUMN changed_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.changed_target_changed_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tides.checked_object (
    run_id text NOT NULL,
    object_id text NOT NULL,
    survey text NOT NULL,
    function text NOT NULL,
    function_hash text NOT NULL,
    passed boolean,
    trigger_jd double precision,
    passes_now boolean,
    control boolean NOT NULL,
    criteria jsonb NOT NULL,
    error text
);

COMMENT ON TABLE tides.checked_object IS 'What tides_check_objects said of each object, by the light curve of then; kept like the reports';

COMMENT ON COLUMN tides.checked_object.run_id IS 'The attempt that asked';

COMMENT ON COLUMN tides.checked_object.passed IS 'Some prefix of the light curve passes; NULL: it could not be judged';

COMMENT ON COLUMN tides.checked_object.trigger_jd IS 'The detection at which it passed first (JD UTC)';

COMMENT ON COLUMN tides.checked_object.criteria IS 'Each criterion with name, value, limit and whether it holds, as a verdict has them';

COMMENT ON COLUMN tides.checked_object.error IS 'Why it could not be judged';

CREATE TABLE tides.survey_night (
    stream text NOT NULL,
    night integer NOT NULL,
    objects integer NOT NULL
);

COMMENT ON TABLE tides.survey_night IS 'How many distinct objects a stream brought whose last detection lies in a night';

CREATE VIEW tides.counted_night AS
 SELECT n.survey,
    n.night
   FROM (( SELECT l.survey,
            n_1.night
           FROM (tides.survey_limits_asked() l(survey, streams, bands, faint_limit, current_window_days, current_max_age_days, unobserved_nights, recurrent_days, unobserved_visits)
             JOIN tides.survey_night n_1 ON ((n_1.stream = ANY (l.streams))))
          GROUP BY l.survey, n_1.night
         HAVING (max(n_1.objects) >= ( SELECT live_limits_asked.survey_night_objects
                   FROM tides.live_limits_asked() live_limits_asked(one, hysteresis_mag, unobserved_days, survey_night_objects, other_survey_days, complete_snr, visit_objects)))) n
     JOIN tides.caught_up c USING (survey))
  WHERE (tides.night_end_jd(n.survey, n.night) <= c.jd);

COMMENT ON VIEW tides.counted_night IS 'Complete nights in which a survey observed, in its own numbers';

CREATE TABLE tides.counted_object (
    survey text NOT NULL,
    object_id text NOT NULL,
    stream text NOT NULL,
    selected boolean NOT NULL,
    live boolean NOT NULL,
    unreachable boolean NOT NULL,
    at_4most boolean NOT NULL
);

COMMENT ON TABLE tides.counted_object IS 'As what each candidate of the live lane is counted in stream_count';

CREATE TABLE tides.criteria_form (
    form_id bigint NOT NULL,
    hash bytea NOT NULL,
    content json NOT NULL
);

COMMENT ON TABLE tides.criteria_form IS 'What the criteria of verdicts have in common: their names, limits, windows and notes';

COMMENT ON COLUMN tides.criteria_form.hash IS 'sha256 of the content';

ALTER TABLE tides.criteria_form ALTER COLUMN form_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.criteria_form_form_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tides.operator_decision (
    decision_id integer NOT NULL,
    verb text NOT NULL,
    tides_id integer,
    ra double precision,
    "dec" double precision,
    radius_arcsec double precision,
    reason text NOT NULL,
    by text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    undone_at timestamp with time zone,
    undone_by text,
    cause jsonb,
    undone_reason text,
    CONSTRAINT operator_decision_by_check CHECK ((by <> ''::text)),
    CONSTRAINT operator_decision_check CHECK ((num_nonnulls(ra, "dec", radius_arcsec) =
CASE
    WHEN (tides_id IS NULL) THEN 3
    ELSE 0
END)),
    CONSTRAINT operator_decision_check1 CHECK ((num_nonnulls(undone_at, undone_by) = ANY (ARRAY[0, 2]))),
    CONSTRAINT operator_decision_dec_check CHECK ((("dec" >= ('-90'::integer)::double precision) AND ("dec" <= (90)::double precision))),
    CONSTRAINT operator_decision_ra_check CHECK (((ra >= (0)::double precision) AND (ra < (360)::double precision))),
    CONSTRAINT operator_decision_radius_arcsec_check CHECK (((radius_arcsec > (0)::double precision) AND (radius_arcsec <= (60)::double precision))),
    CONSTRAINT operator_decision_reason_check CHECK ((reason <> ''::text)),
    CONSTRAINT operator_decision_verb_check CHECK ((verb = ANY (ARRAY['veto'::text, 'force'::text])))
);

COMMENT ON TABLE tides.operator_decision IS 'Vetoes and forces: on a target, or on all within a radius of a position (ICRS)';

COMMENT ON COLUMN tides.operator_decision.cause IS 'What it was withdrawn for (run_id, function_hash or since), to undo all of that at once; NULL: decided by itself';

COMMENT ON COLUMN tides.operator_decision.undone_reason IS 'Why it was undone; NULL: it stands, or nobody said';

CREATE TABLE tides.tides_master (
    tides_id integer NOT NULL,
    name text NOT NULL,
    ra double precision NOT NULL,
    "dec" double precision NOT NULL,
    position_survey text NOT NULL,
    reachable boolean NOT NULL,
    template text NOT NULL,
    jdmin double precision,
    jdmax double precision,
    magrmin double precision,
    maggmin double precision,
    rmag double precision,
    gmag double precision,
    jdgmax double precision,
    jdrmax double precision,
    ncandgp integer,
    sherlock_class text,
    active boolean DEFAULT false NOT NULL,
    reason text DEFAULT 'new'::text NOT NULL,
    active_since timestamp with time zone,
    same_place_as integer,
    pk_4most bigint,
    ostd_targ_id bigint,
    ostd_u_obj_id bigint,
    created timestamp with time zone DEFAULT now() NOT NULL,
    updated timestamp with time zone DEFAULT now() NOT NULL,
    control boolean DEFAULT false NOT NULL,
    reactivated_jd double precision,
    merged_into integer,
    hosts_asked_at timestamp with time zone,
    why tides.why DEFAULT 'new'::tides.why NOT NULL,
    why_detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT tides_master_check CHECK ((merged_into <> tides_id)),
    CONSTRAINT tides_master_dec_check CHECK ((("dec" >= ('-90'::integer)::double precision) AND ("dec" <= (90)::double precision))),
    CONSTRAINT tides_master_gmag_check CHECK (((gmag >= ('-30'::integer)::double precision) AND (gmag <= (60)::double precision))),
    CONSTRAINT tides_master_jdgmax_check CHECK (((jdgmax >= (0)::double precision) AND (jdgmax <= ('10000000'::numeric)::double precision))),
    CONSTRAINT tides_master_jdmax_check CHECK (((jdmax >= (0)::double precision) AND (jdmax <= ('10000000'::numeric)::double precision))),
    CONSTRAINT tides_master_jdmin_check CHECK (((jdmin >= (0)::double precision) AND (jdmin <= ('10000000'::numeric)::double precision))),
    CONSTRAINT tides_master_jdrmax_check CHECK (((jdrmax >= (0)::double precision) AND (jdrmax <= ('10000000'::numeric)::double precision))),
    CONSTRAINT tides_master_maggmin_check CHECK (((maggmin >= ('-30'::integer)::double precision) AND (maggmin <= (60)::double precision))),
    CONSTRAINT tides_master_magrmin_check CHECK (((magrmin >= ('-30'::integer)::double precision) AND (magrmin <= (60)::double precision))),
    CONSTRAINT tides_master_ra_check CHECK (((ra >= (0)::double precision) AND (ra <= (360)::double precision))),
    CONSTRAINT tides_master_reactivated_jd_check CHECK (((reactivated_jd >= (0)::double precision) AND (reactivated_jd <= ('10000000'::numeric)::double precision))),
    CONSTRAINT tides_master_rmag_check CHECK (((rmag >= ('-30'::integer)::double precision) AND (rmag <= (60)::double precision)))
)
WITH (fillfactor='80');

COMMENT ON TABLE tides.tides_master IS 'One row a target';

COMMENT ON COLUMN tides.tides_master.active IS 'Live or not; computed by deactivate_unobserved.sql alone';

COMMENT ON COLUMN tides.tides_master.reason IS 'Of the code before schema 0014; neither written nor read any more, see why. A later migration drops it';

COMMENT ON COLUMN tides.tides_master.same_place_as IS 'An older target at this position, active too long before to be the same';

COMMENT ON COLUMN tides.tides_master.pk_4most IS 'The current primary key at 4MOST; all of them are in fourmost_key';

COMMENT ON COLUMN tides.tides_master.control IS 'Only a control sample has ever selected it: to be left out of what the function selects, and to measure it by';

COMMENT ON COLUMN tides.tides_master.reactivated_jd IS 'A person lets reappearances up to this date count as live';

COMMENT ON COLUMN tides.tides_master.merged_into IS 'The target that this one turned out to be: there are its objects, magnitudes, spectra and decisions';

COMMENT ON COLUMN tides.tides_master.hosts_asked_at IS 'When Sherlock was last asked for its hosts';

COMMENT ON COLUMN tides.tides_master.why IS 'Why it is, or is not, active; computed by deactivate_unobserved.sql alone';

COMMENT ON COLUMN tides.tides_master.why_detail IS 'What the sentence of `why` needs: see tides.live_verdict';

ALTER TABLE tides.tides_master ALTER COLUMN tides_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.tides_master_tides_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tides.tides_hosts (
    tides_id integer DEFAULT nextval('tides.tides_master_tides_id_seq'::regclass) NOT NULL,
    name text,
    catalogue text NOT NULL,
    catalogue_id text NOT NULL,
    ra double precision NOT NULL,
    "dec" double precision NOT NULL,
    redshift double precision,
    photo_z double precision,
    band text,
    mag double precision,
    mag_err double precision,
    radius_arcsec double precision,
    template text NOT NULL,
    active boolean DEFAULT false NOT NULL,
    reason text DEFAULT 'new'::text NOT NULL,
    active_since timestamp with time zone,
    pk_4most bigint,
    ostd_targ_id bigint,
    ostd_u_obj_id bigint,
    created timestamp with time zone DEFAULT now() NOT NULL,
    updated timestamp with time zone DEFAULT now() NOT NULL,
    why tides.host_why DEFAULT 'new'::tides.host_why NOT NULL,
    why_detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT tides_hosts_check CHECK (((name IS NOT NULL) OR (NOT active))),
    CONSTRAINT tides_hosts_dec_check CHECK ((("dec" >= ('-90'::integer)::double precision) AND ("dec" <= (90)::double precision))),
    CONSTRAINT tides_hosts_mag_check CHECK (((mag >= ('-30'::integer)::double precision) AND (mag <= (60)::double precision))),
    CONSTRAINT tides_hosts_mag_err_check CHECK (((mag_err >= (0)::double precision) AND (mag_err <= ('1000000'::numeric)::double precision))),
    CONSTRAINT tides_hosts_photo_z_check CHECK (((photo_z > (0)::double precision) AND (photo_z <= (10)::double precision))),
    CONSTRAINT tides_hosts_ra_check CHECK (((ra >= (0)::double precision) AND (ra < (360)::double precision))),
    CONSTRAINT tides_hosts_radius_arcsec_check CHECK (((radius_arcsec > (0)::double precision) AND (radius_arcsec <= (3600)::double precision))),
    CONSTRAINT tides_hosts_redshift_check CHECK (((redshift > (0)::double precision) AND (redshift <= (10)::double precision)))
)
WITH (fillfactor='80');

COMMENT ON TABLE tides.tides_hosts IS 'One row a galaxy that may be the host of a target, by Lasair''s Sherlock';

COMMENT ON COLUMN tides.tides_hosts.tides_id IS 'From the sequence of tides_master: no target has it';

COMMENT ON COLUMN tides.tides_hosts.name IS 'Drawn when it is first wanted at 4MOST';

COMMENT ON COLUMN tides.tides_hosts.redshift IS 'Spectroscopic, by its catalogue';

COMMENT ON COLUMN tides.tides_hosts.mag IS 'By its catalogue, in `band`';

COMMENT ON COLUMN tides.tides_hosts.radius_arcsec IS 'Semi-major axis, by its catalogue';

COMMENT ON COLUMN tides.tides_hosts.active IS 'Wanted at 4MOST; computed by queue_hosts.sql, a part of deactivate_unobserved.sql, alone';

COMMENT ON COLUMN tides.tides_hosts.reason IS 'Of the code before schema 0014; neither written nor read any more, see why. A later migration drops it';

COMMENT ON COLUMN tides.tides_hosts.why IS 'Why it is, or is not, active; computed by queue_hosts.sql alone';

COMMENT ON COLUMN tides.tides_hosts.why_detail IS 'What the sentence of `why` needs: `source` of a spectrum, `class` of a transient';

CREATE VIEW tides.target AS
 SELECT tides_master.tides_id,
    'sn'::text AS kind,
    tides_master.name,
    tides_master.ra,
    tides_master."dec",
    tides_master.template,
    tides_master.active,
    tides_master.reason,
    tides_master.active_since,
    tides_master.pk_4most,
    tides_master.merged_into
   FROM tides.tides_master
UNION ALL
 SELECT tides_hosts.tides_id,
    'host'::text AS kind,
    tides_hosts.name,
    tides_hosts.ra,
    tides_hosts."dec",
    tides_hosts.template,
    tides_hosts.active,
    tides_hosts.reason,
    tides_hosts.active_since,
    tides_hosts.pk_4most,
    NULL::integer AS merged_into
   FROM tides.tides_hosts;

COMMENT ON VIEW tides.target IS 'All that 4MOST may be told of: transients and host galaxies';

CREATE VIEW tides.decision_on_target AS
 SELECT operator_decision.tides_id,
    operator_decision.decision_id,
    operator_decision.verb,
    operator_decision.reason,
    operator_decision.by,
    operator_decision.at,
    operator_decision.undone_at,
    operator_decision.undone_by,
    operator_decision.undone_reason
   FROM tides.operator_decision
  WHERE (operator_decision.tides_id IS NOT NULL)
UNION ALL
 SELECT m.tides_id,
    d.decision_id,
    d.verb,
    d.reason,
    d.by,
    d.at,
    d.undone_at,
    d.undone_by,
    d.undone_reason
   FROM (tides.operator_decision d
     JOIN tides.target m ON ((((m."dec" >= (d."dec" - (d.radius_arcsec / (3600)::double precision))) AND (m."dec" <= (d."dec" + (d.radius_arcsec / (3600)::double precision)))) AND (tides.separation_arcsec(m.ra, m."dec", d.ra, d."dec") <= d.radius_arcsec))))
  WHERE (d.tides_id IS NULL);

COMMENT ON VIEW tides.decision_on_target IS 'Each decision, the undone ones too, with each target that it is on, by itself or by its place';

CREATE VIEW tides.current_decision AS
 SELECT DISTINCT ON (tides_id) tides_id,
    verb,
    reason,
    by
   FROM tides.decision_on_target
  WHERE (undone_at IS NULL)
  ORDER BY tides_id, decision_id DESC;

COMMENT ON VIEW tides.current_decision IS 'The newest decision that stands, of each target and host that has one';

CREATE TABLE tides.dead_letter (
    dead_letter_id bigint NOT NULL,
    lane text NOT NULL,
    stream text NOT NULL,
    kind text NOT NULL,
    topic_id text,
    partition integer,
    "offset" bigint,
    object_id text,
    raw bytea,
    reason text NOT NULL,
    buried_at timestamp with time zone DEFAULT now() NOT NULL,
    given_up_at timestamp with time zone,
    given_up_by text,
    CONSTRAINT dead_letter_kind_check CHECK ((kind = ANY (ARRAY['message'::text, 'object'::text])))
);

COMMENT ON TABLE tides.dead_letter IS 'What could not be read (message) or judged (object), with the reason';

COMMENT ON COLUMN tides.dead_letter.given_up_at IS 'When a person gave it up; NULL: it may still be read';

COMMENT ON COLUMN tides.dead_letter.given_up_by IS 'Who gave it up';

ALTER TABLE tides.dead_letter ALTER COLUMN dead_letter_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.dead_letter_dead_letter_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tides.digest (
    day date NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL
);

COMMENT ON TABLE tides.digest IS 'The digests that were made, one a day. Each tells of the time since the one before it';

COMMENT ON COLUMN tides.digest.day IS 'The day of the cut-off''s zone on which it was due';

CREATE TABLE tides.event (
    event_id bigint NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    detail jsonb NOT NULL,
    opened_at timestamp with time zone DEFAULT now() NOT NULL,
    last_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    seen integer DEFAULT 1 NOT NULL,
    closed_at timestamp with time zone,
    acknowledged_by text,
    acknowledged_at timestamp with time zone,
    acknowledgement text
);

COMMENT ON TABLE tides.event IS 'What an operator should know: gaps, recreated topics, changed logs';

COMMENT ON COLUMN tides.event.acknowledged_by IS 'Who has taken it up; NULL: nobody';

COMMENT ON COLUMN tides.event.acknowledgement IS 'What they say of it';

ALTER TABLE tides.event ALTER COLUMN event_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.event_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tides.tides_spectrum (
    tides_id integer NOT NULL,
    night date NOT NULL,
    state text NOT NULL,
    snr double precision,
    source text NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT tides_spectrum_snr_check CHECK (((snr >= (0)::double precision) AND (snr < ('1000000'::numeric)::double precision))),
    CONSTRAINT tides_spectrum_source_check CHECK ((source <> ''::text)),
    CONSTRAINT tides_spectrum_state_check CHECK ((state = ANY (ARRAY['attempted'::text, 'partial'::text, 'complete'::text])))
);

COMMENT ON TABLE tides.tides_spectrum IS 'Spectra of targets; other programs may write here too (docs/operations.md)';

COMMENT ON COLUMN tides.tides_spectrum.night IS 'Date of the evening at Paranal';

COMMENT ON COLUMN tides.tides_spectrum.snr IS 'Signal to noise, as the source counts it';

CREATE VIEW tides.good_spectrum AS
 SELECT tides_id,
    night,
    source
   FROM tides.tides_spectrum
  WHERE ((state = 'complete'::text) OR (snr >= ( SELECT live_limits_asked.complete_snr
           FROM tides.live_limits_asked() live_limits_asked(one, hysteresis_mag, unobserved_days, survey_night_objects, other_survey_days, complete_snr, visit_objects))));

COMMENT ON VIEW tides.good_spectrum IS 'The spectra that end a request';

CREATE TABLE tides.listed (
    tides_id integer NOT NULL,
    list text NOT NULL,
    entry text NOT NULL,
    band text NOT NULL,
    mag double precision NOT NULL,
    mag_err double precision,
    redshift double precision,
    epochs integer NOT NULL,
    cadence_days double precision NOT NULL,
    by text NOT NULL,
    added_at timestamp with time zone DEFAULT now() NOT NULL,
    removed_at timestamp with time zone,
    removed_by text,
    CONSTRAINT listed_by_check CHECK ((by <> ''::text)),
    CONSTRAINT listed_cadence_days_check CHECK (((cadence_days >= (0)::double precision) AND (cadence_days <= ('1000000'::numeric)::double precision))),
    CONSTRAINT listed_check CHECK ((num_nonnulls(removed_at, removed_by) = ANY (ARRAY[0, 2]))),
    CONSTRAINT listed_entry_check CHECK ((entry <> ''::text)),
    CONSTRAINT listed_epochs_check CHECK ((epochs > 0)),
    CONSTRAINT listed_list_check CHECK ((list <> ''::text)),
    CONSTRAINT listed_mag_check CHECK (((mag >= ('-30'::integer)::double precision) AND (mag <= (60)::double precision))),
    CONSTRAINT listed_mag_err_check CHECK (((mag_err >= (0)::double precision) AND (mag_err <= ('1000000'::numeric)::double precision))),
    CONSTRAINT listed_redshift_check CHECK (((redshift > (0)::double precision) AND (redshift <= (10)::double precision)))
);

COMMENT ON TABLE tides.listed IS 'Targets of lists: how many epochs are wanted, how far apart, and what 4MOST is told of their brightness';

COMMENT ON COLUMN tides.listed.entry IS 'The list''s own name of the object';

COMMENT ON COLUMN tides.listed.mag IS 'AB, in band';

COMMENT ON COLUMN tides.listed.by IS 'Who changed it last';

CREATE TABLE tides.selection (
    selection_id bigint NOT NULL,
    lane text NOT NULL,
    stream text NOT NULL,
    survey text NOT NULL,
    object_id text NOT NULL,
    function text NOT NULL,
    function_hash text NOT NULL,
    input_hash text NOT NULL,
    as_of timestamp with time zone,
    passed boolean NOT NULL,
    criteria jsonb DEFAULT '[]'::jsonb NOT NULL,
    trigger_jd double precision,
    trigger_known timestamp with time zone,
    detections integer NOT NULL,
    first_jd double precision,
    last_jd double precision,
    code_version text NOT NULL,
    run_id text NOT NULL,
    judged_at timestamp with time zone DEFAULT now() NOT NULL,
    merged_at timestamp with time zone,
    selection_epoch_id bigint,
    control boolean DEFAULT false NOT NULL,
    passes_now boolean,
    context_until_jd double precision,
    form_id bigint,
    found json,
    CONSTRAINT selection_found_check CHECK (((form_id IS NULL) = (found IS NULL))),
    CONSTRAINT selection_trigger_jd_check CHECK (((trigger_jd >= (0)::double precision) AND (trigger_jd <= ('10000000'::numeric)::double precision)))
);

COMMENT ON TABLE tides.selection IS 'Verdicts, by content: the same light curve under the same function is judged once';

COMMENT ON COLUMN tides.selection.passed IS 'Some prefix of the light curve passes; before passes_now was kept: all of it passed';

COMMENT ON COLUMN tides.selection.criteria IS 'In full, where the verdict has no form: from before there were forms';

COMMENT ON COLUMN tides.selection.selection_epoch_id IS 'The newest change of the selection before this verdict';

COMMENT ON COLUMN tides.selection.control IS 'Passed for the control sample alone: one criterion, the one named, does not hold';

COMMENT ON COLUMN tides.selection.passes_now IS 'The whole light curve passes; NULL: judged before this was kept';

COMMENT ON COLUMN tides.selection.context_until_jd IS 'Detections up to then (JD UTC) were judged by what the broker had said before; NULL: all by what it says now';

COMMENT ON COLUMN tides.selection.form_id IS 'The form of its criteria (tides.criteria_form)';

COMMENT ON COLUMN tides.selection.found IS 'Of each criterion of the form: value, whether it holds, and the same of its parts';

CREATE TABLE tides.tides_alias (
    survey text NOT NULL,
    object_id text NOT NULL,
    tides_id integer NOT NULL,
    ra double precision,
    "dec" double precision,
    seen_jd double precision,
    known_at timestamp with time zone,
    first_jd double precision,
    last_jd double precision,
    ncandgp integer,
    sherlock_class text,
    faint boolean DEFAULT false NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL,
    resumed_jd double precision,
    cell integer,
    CONSTRAINT tides_alias_dec_check CHECK ((("dec" >= ('-90'::integer)::double precision) AND ("dec" <= (90)::double precision))),
    CONSTRAINT tides_alias_first_jd_check CHECK (((first_jd >= (0)::double precision) AND (first_jd <= ('10000000'::numeric)::double precision))),
    CONSTRAINT tides_alias_last_jd_check CHECK (((last_jd >= (0)::double precision) AND (last_jd <= ('10000000'::numeric)::double precision))),
    CONSTRAINT tides_alias_ra_check CHECK (((ra >= (0)::double precision) AND (ra <= (360)::double precision))),
    CONSTRAINT tides_alias_resumed_jd_check CHECK (((resumed_jd >= (0)::double precision) AND (resumed_jd <= ('10000000'::numeric)::double precision))),
    CONSTRAINT tides_alias_seen_jd_check CHECK (((seen_jd >= (0)::double precision) AND (seen_jd <= ('10000000'::numeric)::double precision)))
)
WITH (fillfactor='80');

COMMENT ON TABLE tides.tides_alias IS 'A survey''s object -> the target that it is';

COMMENT ON COLUMN tides.tides_alias.seen_jd IS 'Last detection of any kind, by its newest alert: the date of position, class and count';

COMMENT ON COLUMN tides.tides_alias.first_jd IS 'First counted detection (griz, positive, S/N >= 5) by this survey';

COMMENT ON COLUMN tides.tides_alias.last_jd IS 'Last counted detection by this survey';

COMMENT ON COLUMN tides.tides_alias.faint IS 'Whether this survey sees it as faded: remembered, for the hysteresis';

COMMENT ON COLUMN tides.tides_alias.resumed_jd IS 'First counted detection after the newest long silence';

COMMENT ON COLUMN tides.tides_alias.cell IS 'The cell of its position, of the survey''s grid; NULL: not placed yet';

CREATE VIEW tides.fibre_hours AS
 SELECT f.id,
    (r."row" ->> 'subsurvey'::text) AS subsurvey,
        CASE
            WHEN ((f.state = 'live'::text) AND (f.wanted IS NOT NULL)) THEN (h.one * (GREATEST((COALESCE(q.epochs, s.spectra, 1) - m.spectra), (1)::bigint))::double precision)
            ELSE (0)::double precision
        END AS asked,
    (h.one * (m.spectra)::double precision) AS spent
   FROM (((((tides.fourmost_target f
     CROSS JOIN LATERAL ( SELECT count(DISTINCT good_spectrum.night) AS spectra
           FROM tides.good_spectrum
          WHERE (good_spectrum.tides_id = f.id)) m)
     LEFT JOIN tides.listed q ON ((q.tides_id = f.id)))
     LEFT JOIN LATERAL ( SELECT max(u.spectra) AS spectra
           FROM ((tides.tides_alias a
             JOIN tides.selection p USING (survey, object_id))
             JOIN tides.function_in_use u ON (((u.stream = p.stream) AND (u.name = p.function) AND (u.hash = p.function_hash))))
          WHERE ((a.tides_id = f.id) AND (f.state = 'live'::text) AND p.passed AND (u.target = 'live'::text) AND (EXISTS ( SELECT
                   FROM tides.function_in_use n
                  WHERE (n.spectra > 1))))) s ON (true))
     CROSS JOIN LATERAL ( SELECT COALESCE(f.wanted, f.told, f.before_told) AS "row") r)
     CROSS JOIN LATERAL ( SELECT (((r."row" ->> 't_exp_d'::text))::double precision / (60)::double precision) AS one) h)
  WHERE (r."row" IS NOT NULL);

COMMENT ON VIEW tides.fibre_hours IS 'Per target the fibre hours in dark time that it asks for and that its good spectra took';

CREATE TABLE tides.fourmost_bulk (
    connection text NOT NULL,
    rows integer NOT NULL,
    too_many integer NOT NULL,
    failures integer NOT NULL,
    believed_until timestamp with time zone NOT NULL,
    worked boolean NOT NULL,
    CONSTRAINT fourmost_bulk_rows_check CHECK ((rows > 0)),
    CONSTRAINT fourmost_bulk_too_many_check CHECK ((too_many > 1))
);

COMMENT ON TABLE tides.fourmost_bulk IS 'How many rows one create may have. A connection without a row never failed: as many as the settings say';

COMMENT ON COLUMN tides.fourmost_bulk.rows IS 'So many rows go in one request now';

COMMENT ON COLUMN tides.fourmost_bulk.too_many IS 'So many rows had no clear answer, or were refused as a whole';

COMMENT ON COLUMN tides.fourmost_bulk.failures IS 'How often so many or fewer failed, since as many were stored';

COMMENT ON COLUMN tides.fourmost_bulk.believed_until IS 'Until then no request has so many rows again';

COMMENT ON COLUMN tides.fourmost_bulk.worked IS 'Whether anything was stored since the last failure: a server that is down says nothing of sizes';

CREATE TABLE tides.fourmost_exchange (
    exchange_id bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    run_id text NOT NULL,
    id integer NOT NULL,
    name text NOT NULL,
    verb text NOT NULL,
    part text NOT NULL,
    outcome text,
    content jsonb,
    CONSTRAINT fourmost_exchange_check CHECK (((part = 'answer'::text) = (outcome IS NOT NULL))),
    CONSTRAINT fourmost_exchange_outcome_check CHECK ((outcome = ANY (ARRAY['stored'::text, 'refused'::text, 'spared'::text, 'denied'::text, 'not sent'::text, 'unknown'::text, 'found'::text, 'not found'::text]))),
    CONSTRAINT fourmost_exchange_part_check CHECK ((part = ANY (ARRAY['request'::text, 'answer'::text]))),
    CONSTRAINT fourmost_exchange_verb_check CHECK ((verb = ANY (ARRAY['create'::text, 'change'::text, 'look up'::text])))
);

COMMENT ON TABLE tides.fourmost_exchange IS 'Every request to 4MOST and every answer, target by target; nothing is changed, and what is older than the settings'' limit goes';

COMMENT ON COLUMN tides.fourmost_exchange.content IS 'Of a request the fields sent, of an answer the row at 4MOST or its own words; no header and no secret';

ALTER TABLE tides.fourmost_exchange ALTER COLUMN exchange_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.fourmost_exchange_exchange_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tides.fourmost_key (
    pk bigint NOT NULL,
    id integer NOT NULL,
    name text NOT NULL,
    status text NOT NULL,
    learnt_how text NOT NULL,
    learnt_at timestamp with time zone DEFAULT now() NOT NULL,
    recorded boolean DEFAULT false NOT NULL,
    CONSTRAINT fourmost_key_status_check CHECK ((status = ANY (ARRAY['current'::text, 'double'::text, 'deleted'::text, 'foreign'::text])))
);

COMMENT ON TABLE tides.fourmost_key IS 'Every primary key that 4MOST ever gave us';

COMMENT ON COLUMN tides.fourmost_key.recorded IS 'Whether the master, or tides_hosts, has it as the key of its target';

CREATE TABLE tides.fourmost_stray (
    pk bigint NOT NULL,
    name text NOT NULL,
    survey_id integer NOT NULL,
    ra double precision NOT NULL,
    "dec" double precision NOT NULL,
    date_submitted timestamp with time zone,
    first_seen timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT fourmost_stray_dec_check CHECK ((("dec" >= ('-90'::integer)::double precision) AND ("dec" <= (90)::double precision))),
    CONSTRAINT fourmost_stray_ra_check CHECK (((ra >= (0)::double precision) AND (ra <= (360)::double precision)))
);

COMMENT ON TABLE tides.fourmost_stray IS 'Rows at 4MOST that bear our prefix and that we do not know: from before a restore, or another bridge''s';

CREATE TABLE tides.host_candidate (
    tides_id integer NOT NULL,
    host_id integer NOT NULL,
    rank integer NOT NULL,
    separation_arcsec double precision NOT NULL,
    CONSTRAINT host_candidate_rank_check CHECK ((rank > 0)),
    CONSTRAINT host_candidate_separation_arcsec_check CHECK ((separation_arcsec >= (0)::double precision))
);

COMMENT ON TABLE tides.host_candidate IS 'The galaxies that may be a target''s host; only rank 1 is ever sent to 4MOST';

CREATE TABLE tides.host_limits (
    one boolean DEFAULT true NOT NULL,
    queue boolean NOT NULL,
    not_for jsonb NOT NULL,
    unseen_days double precision NOT NULL,
    faint_mag double precision NOT NULL,
    skip_known_redshift boolean NOT NULL,
    CONSTRAINT host_limits_one_check CHECK (one)
);

COMMENT ON TABLE tides.host_limits IS 'The settings by which the newest live run wanted hosts';

CREATE TABLE tides.judged_curve (
    survey text NOT NULL,
    object_id text NOT NULL,
    hash bytea NOT NULL,
    raw bytea NOT NULL
);
ALTER TABLE ONLY tides.judged_curve ALTER COLUMN raw SET STORAGE EXTERNAL;

COMMENT ON TABLE tides.judged_curve IS 'The light curves that selection_input names, each once';

COMMENT ON COLUMN tides.judged_curve.hash IS 'sha256 of the bytes as the broker sent them';

COMMENT ON COLUMN tides.judged_curve.raw IS 'The bytes as the broker sent them, zlib';

CREATE TABLE tides.judged_until (
    survey text NOT NULL,
    as_of timestamp with time zone NOT NULL,
    since_jd double precision NOT NULL
);

COMMENT ON TABLE tides.judged_until IS 'Until when the live rule has been asked, a row a survey';

COMMENT ON COLUMN tides.judged_until.since_jd IS 'JD UTC: time alone may change what the survey says of an object that it has seen since then';

CREATE TABLE tides.lasair_call (
    token text NOT NULL,
    hour timestamp with time zone NOT NULL,
    calls integer NOT NULL
);

COMMENT ON TABLE tides.lasair_call IS 'The quota''s ledger: calls are taken before they are made. token is a digest';

CREATE TABLE tides.lasair_failure (
    survey text NOT NULL,
    object_id text NOT NULL,
    call text NOT NULL,
    failures integer DEFAULT 1 NOT NULL,
    failed_at timestamp with time zone DEFAULT now() NOT NULL,
    said text NOT NULL,
    CONSTRAINT lasair_failure_call_check CHECK ((call = ANY (ARRAY['light curve'::text, 'row'::text, 'entry at TNS'::text, 'hosts'::text, 'annotation'::text])))
);

COMMENT ON TABLE tides.lasair_failure IS 'Objects that Lasair fails at, by what it was asked; a good answer removes the row';

COMMENT ON COLUMN tides.lasair_failure.call IS 'What failed: the light curve, the row of its database, the entry at TNS, the hosts, or our annotation';

COMMENT ON COLUMN tides.lasair_failure.failures IS 'How often in a row; of a light curve, how often the object was set aside for it';

COMMENT ON COLUMN tides.lasair_failure.said IS 'Why, at the last failure';

CREATE VIEW tides.lasair_rests AS
 SELECT survey,
    object_id,
    call
   FROM tides.lasair_failure f
  WHERE (((failures > 1) OR (call = 'light curve'::text)) AND ((failed_at + ('12:00:00'::interval * (((2)::double precision ^ (LEAST(failures, 6))::double precision) - (1)::double precision))) > now()) AND (NOT (EXISTS ( SELECT
           FROM tides.candidate c
          WHERE (((c.lane = 'live'::text) AND (c.survey = f.survey) AND (c.object_id = f.object_id)) AND (c.known_at > f.failed_at))))));

COMMENT ON VIEW tides.lasair_rests IS 'The objects that Lasair is not asked for now, since it failed at them, by what would be asked';

CREATE TABLE tides.light_curve (
    lane text NOT NULL,
    survey text NOT NULL,
    object_id text NOT NULL,
    raw bytea NOT NULL,
    hash bytea NOT NULL,
    source text NOT NULL,
    alert_hash bytea NOT NULL,
    stored_at timestamp with time zone DEFAULT now() NOT NULL,
    detections integer,
    nights integer,
    first_jd double precision,
    last_jd double precision,
    bands jsonb,
    resumed_jd double precision,
    CONSTRAINT light_curve_first_jd_check CHECK (((first_jd >= (0)::double precision) AND (first_jd <= ('10000000'::numeric)::double precision))),
    CONSTRAINT light_curve_last_jd_check CHECK (((last_jd >= (0)::double precision) AND (last_jd <= ('10000000'::numeric)::double precision))),
    CONSTRAINT light_curve_resumed_jd_check CHECK (((resumed_jd >= (0)::double precision) AND (resumed_jd <= ('10000000'::numeric)::double precision))),
    CONSTRAINT light_curve_source_check CHECK ((source = ANY (ARRAY['message'::text, 'bulk'::text, 'object'::text])))
)
WITH (fillfactor='80');
ALTER TABLE ONLY tides.light_curve ALTER COLUMN raw SET STORAGE EXTERNAL;

COMMENT ON TABLE tides.light_curve IS 'Per lane, survey and object the newest light curve, and what was measured on it';

COMMENT ON COLUMN tides.light_curve.raw IS 'The bytes as the broker sent them, zlib';

COMMENT ON COLUMN tides.light_curve.alert_hash IS 'The alert that this light curve was got for';

COMMENT ON COLUMN tides.light_curve.bands IS 'Band -> newest, brightest, forced (jd, mag, err), limit (jd, mag) and current (jd, mag, err, slope, slope_err); NULL until judged';

CREATE TABLE tides.target_band (
    tides_id integer NOT NULL,
    survey text NOT NULL,
    band text NOT NULL,
    newest_jd double precision,
    newest_mag double precision,
    newest_err double precision,
    current_jd double precision,
    current_mag double precision,
    current_err double precision,
    brightest_jd double precision,
    brightest_mag double precision,
    brightest_err double precision,
    limit_jd double precision,
    limit_mag double precision,
    CONSTRAINT target_band_band_check CHECK ((band = ANY (ARRAY['u'::text, 'g'::text, 'r'::text, 'i'::text, 'z'::text, 'y'::text]))),
    CONSTRAINT target_band_brightest_err_check CHECK (((brightest_err >= (0)::double precision) AND (brightest_err <= ('1000000'::numeric)::double precision))),
    CONSTRAINT target_band_brightest_jd_check CHECK (((brightest_jd >= (0)::double precision) AND (brightest_jd <= ('10000000'::numeric)::double precision))),
    CONSTRAINT target_band_brightest_mag_check CHECK (((brightest_mag >= ('-30'::integer)::double precision) AND (brightest_mag <= (60)::double precision))),
    CONSTRAINT target_band_current_err_check CHECK (((current_err >= (0)::double precision) AND (current_err <= ('1000000'::numeric)::double precision))),
    CONSTRAINT target_band_current_jd_check CHECK (((current_jd >= (0)::double precision) AND (current_jd <= ('10000000'::numeric)::double precision))),
    CONSTRAINT target_band_current_mag_check CHECK (((current_mag >= ('-30'::integer)::double precision) AND (current_mag <= (60)::double precision))),
    CONSTRAINT target_band_limit_jd_check CHECK (((limit_jd >= (0)::double precision) AND (limit_jd <= ('10000000'::numeric)::double precision))),
    CONSTRAINT target_band_limit_mag_check CHECK (((limit_mag >= ('-30'::integer)::double precision) AND (limit_mag <= (60)::double precision))),
    CONSTRAINT target_band_newest_err_check CHECK (((newest_err >= (0)::double precision) AND (newest_err <= ('1000000'::numeric)::double precision))),
    CONSTRAINT target_band_newest_jd_check CHECK (((newest_jd >= (0)::double precision) AND (newest_jd <= ('10000000'::numeric)::double precision))),
    CONSTRAINT target_band_newest_mag_check CHECK (((newest_mag >= ('-30'::integer)::double precision) AND (newest_mag <= (60)::double precision)))
)
WITH (fillfactor='80');

COMMENT ON TABLE tides.target_band IS 'Per target, survey and band its magnitudes, each with its own date';

COMMENT ON COLUMN tides.target_band.current_mag IS 'The line through the light curve at current_jd; tides.current_magnitude follows it';

CREATE VIEW tides.merged_with_rows AS
 SELECT tides_id,
    merged_into AS kept
   FROM tides.tides_master m
  WHERE ((merged_into IS NOT NULL) AND ((EXISTS ( SELECT
           FROM tides.tides_alias a
          WHERE (a.tides_id = m.tides_id))) OR (EXISTS ( SELECT
           FROM tides.target_band b
          WHERE (b.tides_id = m.tides_id))) OR (EXISTS ( SELECT
           FROM tides.tides_spectrum s
          WHERE (s.tides_id = m.tides_id))) OR (EXISTS ( SELECT
           FROM tides.operator_decision d
          WHERE (d.tides_id = m.tides_id))) OR (EXISTS ( SELECT
           FROM tides.host_candidate c
          WHERE (c.tides_id = m.tides_id)))));

COMMENT ON VIEW tides.merged_with_rows IS 'Merged targets that still have something that moves on to the one that stays';

CREATE TABLE tides.name_counter (
    prefix text NOT NULL,
    year integer NOT NULL,
    next integer NOT NULL,
    CONSTRAINT name_counter_next_check CHECK ((next >= 0))
);

COMMENT ON TABLE tides.name_counter IS 'The next target name of each prefix and UTC year';

CREATE TABLE tides.night_criterion (
    stream text NOT NULL,
    night date NOT NULL,
    function text NOT NULL,
    function_hash text NOT NULL,
    criterion text NOT NULL,
    judged integer NOT NULL,
    failed integer NOT NULL,
    unknown integer NOT NULL,
    alone integer DEFAULT 0 NOT NULL,
    CONSTRAINT night_criterion_alone_check CHECK ((alone >= 0)),
    CONSTRAINT night_criterion_check CHECK (((failed + unknown) <= judged)),
    CONSTRAINT night_criterion_failed_check CHECK ((failed >= 0)),
    CONSTRAINT night_criterion_judged_check CHECK ((judged >= 0)),
    CONSTRAINT night_criterion_unknown_check CHECK ((unknown >= 0))
)
WITH (fillfactor='80');

COMMENT ON TABLE tides.night_criterion IS 'The same verdicts by criterion: how many failed it, and for how many it was unknown';

COMMENT ON COLUMN tides.night_criterion.alone IS 'How many failed this criterion and no other: they would have passed but for it';

CREATE TABLE tides.night_pair (
    stream text NOT NULL,
    night date NOT NULL,
    function text NOT NULL,
    function_hash text NOT NULL,
    criterion text NOT NULL,
    other text NOT NULL,
    failed integer NOT NULL,
    CONSTRAINT night_pair_check CHECK ((criterion <> other)),
    CONSTRAINT night_pair_failed_check CHECK ((failed > 0))
)
WITH (fillfactor='80');

COMMENT ON TABLE tides.night_pair IS 'The verdicts of night_criterion by two criteria that failed together, each pair once. Some hundred rows a night at most, and kept';

COMMENT ON COLUMN tides.night_pair.failed IS 'How many failed both, and perhaps others';

CREATE TABLE tides.night_rate (
    stream text NOT NULL,
    night date NOT NULL,
    function text NOT NULL,
    function_hash text NOT NULL,
    judged integer NOT NULL,
    passed integer NOT NULL,
    set_aside integer NOT NULL,
    unusual boolean DEFAULT false NOT NULL,
    paired integer DEFAULT 0 NOT NULL,
    CONSTRAINT night_rate_check CHECK (((passed >= 0) AND (passed <= judged))),
    CONSTRAINT night_rate_judged_check CHECK ((judged >= 0)),
    CONSTRAINT night_rate_paired_check CHECK ((paired >= 0)),
    CONSTRAINT night_rate_set_aside_check CHECK ((set_aside >= 0))
)
WITH (fillfactor='80');

COMMENT ON TABLE tides.night_rate IS 'Per stream, night and function the number of its live verdicts, and of those that passed';

COMMENT ON COLUMN tides.night_rate.night IS 'The UTC day on which they were judged';

COMMENT ON COLUMN tides.night_rate.passed IS 'Whose whole light curve passes, without the control sample';

COMMENT ON COLUMN tides.night_rate.set_aside IS 'Objects whose light curve could not be had or read, each once an alert';

COMMENT ON COLUMN tides.night_rate.unusual IS 'A rate of this night fell: it is no measure for later nights';

COMMENT ON COLUMN tides.night_rate.paired IS 'Of how many of these verdicts night_criterion.alone and night_pair tell; fewer than judged: code from before this column judged some';

CREATE TABLE tides.night_seen (
    stream text NOT NULL,
    night integer NOT NULL,
    object_id text NOT NULL,
    cell integer
);

COMMENT ON TABLE tides.night_seen IS 'What survey_night has counted, so that nothing counts twice; of the last nights only';

COMMENT ON COLUMN tides.night_seen.cell IS 'The cell of its position then; -1: it has no position; NULL: not placed yet';

CREATE TABLE tides.night_step (
    night date NOT NULL,
    what text NOT NULL,
    targets integer NOT NULL,
    median_h double precision,
    late_h double precision,
    counted_at timestamp with time zone DEFAULT now() NOT NULL,
    waits integer[],
    CONSTRAINT night_step_targets_check CHECK ((targets >= 0))
);

COMMENT ON TABLE tides.night_step IS 'How many targets did the same in a night: were new, were created at 4MOST, came back, or ended for the same reason. A few rows a night, and kept';

COMMENT ON COLUMN tides.night_step.night IS 'The UTC day';

COMMENT ON COLUMN tides.night_step.what IS 'new, created, live again, or why they ended; a night that is counted has the first two always';

COMMENT ON COLUMN tides.night_step.median_h IS 'Of targets created at 4MOST, the hours from the message that made them pass: half of them took no longer';

COMMENT ON COLUMN tides.night_step.late_h IS 'The same hours: nine in ten of them took no longer';

COMMENT ON COLUMN tides.night_step.counted_at IS 'A night that was counted an hour after its end, or later, is not counted again';

COMMENT ON COLUMN tides.night_step.waits IS 'How many of the same hours lie below 1, from 1 to 2, 3, 6, 12, 24, 48, 96, 168 and above; NULL: no such hours, or counted before this column';

CREATE TABLE tides.night_stream (
    stream text NOT NULL,
    night date NOT NULL,
    read integer,
    sent integer,
    rows integer,
    CONSTRAINT night_stream_read_check CHECK ((read >= 0)),
    CONSTRAINT night_stream_rows_check CHECK ((rows >= 0)),
    CONSTRAINT night_stream_sent_check CHECK ((sent >= 0))
)
WITH (fillfactor='80');

COMMENT ON TABLE tides.night_stream IS 'Per stream and night the messages, and the rows of the broker''s database. Without a row there was none; NULL: on this night the count began, so neither it nor those before it are known';

COMMENT ON COLUMN tides.night_stream.night IS 'The UTC day';

COMMENT ON COLUMN tides.night_stream.read IS 'Messages that were read on this day, dead letters among them';

COMMENT ON COLUMN tides.night_stream.sent IS 'Messages that the broker had sent on this day, by its stamp';

COMMENT ON COLUMN tides.night_stream.rows IS 'Objects whose row the broker''s database had changed on this day, as the audit found them: known up to stream_audit.audited_until';

CREATE VIEW tides.observable_next AS
 SELECT a.id,
    a.name,
    a.mag,
    v.visit_no,
    v.visit,
    v.tile,
    v.planned,
    v.read_at
   FROM ((tides.candidate_visit v
     JOIN tides.candidate_visit_target t USING (visit_no))
     JOIN tides.active_at_4most a ON ((a.id = t.target_id)));

COMMENT ON VIEW tides.observable_next IS 'Our targets that 4MOST may observe next, once for each visit that may';

ALTER TABLE tides.operator_decision ALTER COLUMN decision_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.operator_decision_decision_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tides.past (
    past_id bigint NOT NULL,
    kind text NOT NULL,
    key jsonb NOT NULL,
    content jsonb,
    at timestamp with time zone NOT NULL,
    seed boolean DEFAULT false NOT NULL
);

COMMENT ON TABLE tides.past IS 'How rows that are overwritten stood at each time, for the export of the sample; append-only';

COMMENT ON COLUMN tides.past.kind IS 'The table';

COMMENT ON COLUMN tides.past.key IS 'Its key';

COMMENT ON COLUMN tides.past.content IS 'The columns that the sample shows, from then on; NULL: the row was deleted';

COMMENT ON COLUMN tides.past.seed IS 'How it stood when this table was made: what was before is not known';

ALTER TABLE tides.past ALTER COLUMN past_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.past_past_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tides.pruned_object (
    survey text NOT NULL,
    object_id text NOT NULL,
    judged_at timestamp with time zone[] DEFAULT '{}'::timestamp with time zone[] NOT NULL,
    first_jd double precision[] DEFAULT '{}'::double precision[] NOT NULL,
    last_jd double precision[] DEFAULT '{}'::double precision[] NOT NULL,
    light_curve_stored_at timestamp with time zone,
    pruned_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE tides.pruned_object IS 'What retention took from the objects of targets: nothing of a target goes without a word here';

COMMENT ON COLUMN tides.pruned_object.judged_at IS 'When the verdicts that have gone had been judged';

COMMENT ON COLUMN tides.pruned_object.first_jd IS 'The first detection (JD UTC) of each of their light curves: an export of an earlier time has it';

COMMENT ON COLUMN tides.pruned_object.last_jd IS 'The last detection of each, likewise';

COMMENT ON COLUMN tides.pruned_object.light_curve_stored_at IS 'When the newest light curve had been stored that has gone; NULL: none has';

COMMENT ON COLUMN tides.pruned_object.pruned_at IS 'When something went last';

CREATE VIEW tides.reason_in_words AS
 SELECT tides_master.tides_id,
    tides.why_in_words(tides_master.why, tides_master.why_detail) AS words
   FROM tides.tides_master
UNION ALL
 SELECT tides_hosts.tides_id,
    tides.host_why_in_words(tides_hosts.why, tides_hosts.why_detail) AS words
   FROM tides.tides_hosts;

COMMENT ON VIEW tides.reason_in_words IS 'Why a target or host is as it is, in words for people: nothing may decide by them';

CREATE TABLE tides.report_told (
    run_id text NOT NULL
);

COMMENT ON TABLE tides.report_told IS 'The runs whose report was made a message';

CREATE TABLE tides.retention_mark (
    what text NOT NULL,
    part text DEFAULT ''::text NOT NULL,
    at timestamp with time zone,
    jd double precision,
    key text DEFAULT ''::text NOT NULL,
    gone bigint DEFAULT 0 NOT NULL,
    moved_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE tides.retention_mark IS 'Up to where retention has looked at what is too old, in the order of an index: it looks at nothing twice';

COMMENT ON COLUMN tides.retention_mark.what IS 'The setting of `retention`';

COMMENT ON COLUMN tides.retention_mark.part IS 'The stream or the survey; empty: there are no parts';

COMMENT ON COLUMN tides.retention_mark.at IS 'The time of the last row that was looked at';

COMMENT ON COLUMN tides.retention_mark.jd IS 'The same, JD UTC, where the rows are ordered by when an object was last seen';

COMMENT ON COLUMN tides.retention_mark.key IS 'Of several rows of one time the last one that was looked at';

COMMENT ON COLUMN tides.retention_mark.gone IS 'How many rows have gone in all';

COMMENT ON COLUMN tides.retention_mark.moved_at IS 'When it was moved last';

CREATE TABLE tides.run_attempt (
    run_id text NOT NULL,
    dag_run_id text NOT NULL,
    attempt integer NOT NULL,
    dag_id text,
    lane text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    window_start timestamp with time zone,
    window_end timestamp with time zone,
    code_version text NOT NULL,
    CONSTRAINT run_attempt_attempt_check CHECK ((attempt >= 1))
);

COMMENT ON TABLE tides.run_attempt IS 'Each attempt of each run, noted by its first task; append-only';

COMMENT ON COLUMN tides.run_attempt.run_id IS 'How all tables name the attempt: Airflow''s run id for the first one, RUN#2 for the second';

COMMENT ON COLUMN tides.run_attempt.dag_run_id IS 'Airflow''s run id';

COMMENT ON COLUMN tides.run_attempt.dag_id IS 'NULL: noted by its report, outside of Airflow';

COMMENT ON COLUMN tides.run_attempt.started_at IS 'When Airflow started the attempt: a retry has the same, a clear of an ended run another one';

CREATE TABLE tides.run_task (
    run_id text NOT NULL,
    task_id text NOT NULL,
    map_index integer NOT NULL,
    label text,
    began_at timestamp with time zone DEFAULT now() NOT NULL,
    fault text,
    error text,
    failed_at timestamp with time zone,
    CONSTRAINT run_task_check CHECK (((fault IS NULL) = (failed_at IS NULL)))
);

COMMENT ON TABLE tides.run_task IS 'The task instances of an attempt that have begun, or should have, and have not ended well; one that ends well loses its row';

COMMENT ON COLUMN tides.run_task.map_index IS 'Airflow''s; -1: the task is not mapped';

COMMENT ON COLUMN tides.run_task.label IS 'The stream, chunk or batch of a mapped task; NULL: not mapped, or never begun';

COMMENT ON COLUMN tides.run_task.fault IS 'What its last try failed by, one of faults.Fault; NULL: it goes on, or was killed a moment ago';

COMMENT ON COLUMN tides.run_task.error IS 'The words of the error; NULL: there was none';

CREATE TABLE tides.schema_migration (
    version integer NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    contract text,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    by text DEFAULT COALESCE(NULLIF(current_setting('tides.by'::text, true), ''::text), (SESSION_USER)::text) NOT NULL,
    CONSTRAINT schema_migration_version_check CHECK ((version > 0))
);

COMMENT ON TABLE tides.schema_migration IS 'The migrations that this database has; written by `tides migrate` alone';

COMMENT ON COLUMN tides.schema_migration.sha256 IS 'Of the file as it was applied; of a database from before 0014, of the file as it was adopted';

COMMENT ON COLUMN tides.schema_migration.contract IS 'Code up to this release uses what the migration took away; NULL: nothing was taken away';

CREATE TABLE tides.schema_object (
    schema_object_id bigint NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    sha256 text,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    by text DEFAULT COALESCE(NULLIF(current_setting('tides.by'::text, true), ''::text), (SESSION_USER)::text) NOT NULL,
    CONSTRAINT schema_object_kind_check CHECK ((kind = ANY (ARRAY['function'::text, 'view'::text])))
);

COMMENT ON TABLE tides.schema_object IS 'Each form that a function or a view has had here, the newest last; append-only';

COMMENT ON COLUMN tides.schema_object.sha256 IS 'Of its file; NULL: it was dropped, since its file was gone';

ALTER TABLE tides.schema_object ALTER COLUMN schema_object_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.schema_object_schema_object_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tides.schema_version (
    version_num character varying(32) NOT NULL
);

CREATE TABLE tides.selection_epoch (
    selection_epoch_id bigint NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    content jsonb,
    since timestamp with time zone DEFAULT now() NOT NULL,
    run_id text NOT NULL,
    by text DEFAULT 'unknown'::text NOT NULL,
    preview_id bigint,
    CONSTRAINT selection_epoch_kind_check CHECK ((kind = ANY (ARRAY['filter'::text, 'function'::text, 'template'::text, 'limits'::text])))
);

COMMENT ON TABLE tides.selection_epoch IS 'Every change of feed filter, function, template or limit, with its date';

COMMENT ON COLUMN tides.selection_epoch.subject IS 'Stream, stream/function, template or the name of the limits';

COMMENT ON COLUMN tides.selection_epoch.content IS 'What holds since then; NULL: no longer in use';

COMMENT ON COLUMN tides.selection_epoch.by IS 'Who made the change, by the preview that was recorded of it; a file has no author';

COMMENT ON COLUMN tides.selection_epoch.preview_id IS 'The preview of this change; NULL: none was recorded';

ALTER TABLE tides.selection_epoch ALTER COLUMN selection_epoch_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.selection_epoch_selection_epoch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tides.selection_input (
    selection_id bigint NOT NULL,
    survey text NOT NULL,
    object_id text NOT NULL,
    hash bytea CONSTRAINT selection_input_hash_not_null1 NOT NULL,
    known_until_jd double precision,
    sent_jd double precision,
    columns jsonb NOT NULL,
    contexts jsonb NOT NULL
);

COMMENT ON TABLE tides.selection_input IS 'What a verdict was made from: of each lane, object, function and hash the first pass and the last failure';

COMMENT ON COLUMN tides.selection_input.known_until_jd IS 'The light curve was cut there (JD UTC); NULL: it was not';

COMMENT ON COLUMN tides.selection_input.sent_jd IS 'When the light curve was sent (JD UTC): later points were left out';

COMMENT ON COLUMN tides.selection_input.columns IS 'The columns of the alert that the function read';

COMMENT ON COLUMN tides.selection_input.contexts IS 'The same as said before, each until a detection (JD UTC); the oldest first';

CREATE TABLE tides.selection_preview (
    preview_id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    by text NOT NULL,
    reason text NOT NULL,
    changes text[] NOT NULL,
    counts jsonb NOT NULL
);

COMMENT ON TABLE tides.selection_preview IS 'What previews said of edits, as far as a person asked to remember it';

COMMENT ON COLUMN tides.selection_preview.changes IS 'Each change of the edit, as tides.change_key names it';

COMMENT ON COLUMN tides.selection_preview.counts IS 'What enters, leaves, ends and begins, live targets and fibre hours before and after';

ALTER TABLE tides.selection_preview ALTER COLUMN preview_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.selection_preview_preview_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE tides.selection ALTER COLUMN selection_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.selection_selection_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW tides.settled_object AS
 SELECT survey,
    object_id,
    tides_id,
    GREATEST(last_jd, seen_jd) AS jd,
    ( SELECT max(GREATEST(o.last_jd, o.seen_jd)) AS max
           FROM tides.tides_alias o
          WHERE (o.tides_id = a.tides_id)) AS newest_jd,
    ((NOT (EXISTS ( SELECT
           FROM tides.tides_master m
          WHERE ((m.tides_id = a.tides_id) AND (m.active OR (m.why = ANY (ARRAY['new'::tides.why, 'between_epochs'::tides.why]))))))) AND (NOT (EXISTS ( SELECT
           FROM tides.candidate c
          WHERE (((c.lane = 'live'::text) AND (c.survey = a.survey) AND (c.object_id = a.object_id)) AND (c.waiting OR (c.problem IS NOT NULL)))))) AND (NOT (EXISTS ( SELECT
           FROM tides.selection s
          WHERE (((s.lane = 'live'::text) AND (s.survey = a.survey) AND (s.object_id = a.object_id)) AND (s.merged_at IS NULL))))) AND (NOT (EXISTS ( SELECT
           FROM tides.fourmost_target f
          WHERE ((f.id = a.tides_id) AND (f.differs OR (f.held IS NOT NULL))))))) AS settled
   FROM tides.tides_alias a;

COMMENT ON VIEW tides.settled_object IS 'Objects of targets, when they were last seen, and whether all is over with their target';

CREATE TABLE tides.stream_audit (
    stream text NOT NULL,
    audited_until timestamp with time zone NOT NULL
);

COMMENT ON TABLE tides.stream_audit IS 'Up to when each stream has been compared with the broker''s database';

CREATE TABLE tides.stream_column (
    stream text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    first_seen timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT stream_column_kind_check CHECK ((kind = ANY (ARRAY['number'::text, 'text'::text, 'boolean'::text, 'list'::text, 'object'::text])))
);

COMMENT ON TABLE tides.stream_column IS 'The columns that a stream''s messages have had, with their JSON type: what drift is measured from';

CREATE TABLE tides.stream_count (
    stream text NOT NULL,
    objects bigint NOT NULL,
    selected bigint NOT NULL,
    live bigint NOT NULL,
    unreachable bigint NOT NULL,
    at_4most bigint NOT NULL
);

COMMENT ON TABLE tides.stream_count IS 'Of each stream the objects that it has brought in the live lane, and their states, as last counted';

CREATE TABLE tides.survey (
    survey text NOT NULL,
    precedence integer NOT NULL,
    night_kind text NOT NULL,
    night_zero_jd double precision NOT NULL,
    CONSTRAINT survey_night_kind_check CHECK ((night_kind = ANY (ARRAY['counted'::text, 'dated'::text]))),
    CONSTRAINT survey_night_zero_jd_check CHECK (((night_zero_jd >= (2400000)::double precision) AND (night_zero_jd <= (2600000)::double precision)))
);

COMMENT ON TABLE tides.survey IS 'The surveys, as their modules describe them: written by migrate and at the start of a live run';

COMMENT ON COLUMN tides.survey.precedence IS 'Where several surveys know a target, the lowest counts';

COMMENT ON COLUMN tides.survey.night_kind IS 'A night is called by its count from night_zero_jd, or by the UTC date on which it begins, YYYYMMDD';

COMMENT ON COLUMN tides.survey.night_zero_jd IS 'JD UTC at which the first counted night begins; each lasts 24 hours';

CREATE TABLE tides.target_comment (
    comment_id integer NOT NULL,
    tides_id integer NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    by text NOT NULL,
    words text NOT NULL,
    CONSTRAINT target_comment_by_check CHECK ((by <> ''::text)),
    CONSTRAINT target_comment_words_check CHECK ((words <> ''::text))
);

COMMENT ON TABLE tides.target_comment IS 'What people say of targets and hosts; append-only';

COMMENT ON COLUMN tides.target_comment.by IS 'The person who says it';

ALTER TABLE tides.target_comment ALTER COLUMN comment_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.target_comment_comment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tides.target_count (
    kind text NOT NULL,
    why text,
    reachable boolean,
    merged boolean,
    n bigint NOT NULL,
    CONSTRAINT target_count_kind_check CHECK ((kind = ANY (ARRAY['sn'::text, 'host'::text])))
);

COMMENT ON TABLE tides.target_count IS 'How many targets and hosts there are: the sum of n. Triggers add rows, and the report sums them up';

CREATE TABLE tides.tides_context (
    survey text NOT NULL,
    object_id text NOT NULL,
    sherlock_class text,
    tns_name text,
    tns_type text,
    redshift double precision,
    host_redshift double precision,
    against text,
    said_since timestamp with time zone DEFAULT now() NOT NULL,
    reclassified text,
    settled_at timestamp with time zone,
    CONSTRAINT tides_context_host_redshift_check CHECK (((host_redshift > (0)::double precision) AND (host_redshift <= (10)::double precision))),
    CONSTRAINT tides_context_redshift_check CHECK (((redshift > (0)::double precision) AND (redshift <= (10)::double precision)))
)
WITH (fillfactor='80');

COMMENT ON TABLE tides.tides_context IS 'Per survey object what Sherlock and TNS say of it, by the newest refresh';

COMMENT ON COLUMN tides.tides_context.redshift IS 'Of the transient itself, by TNS';

COMMENT ON COLUMN tides.tides_context.host_redshift IS 'Of its host, by TNS';

COMMENT ON COLUMN tides.tides_context.against IS 'Why it is no supernova, by the newest refresh that had a word; NULL: nothing speaks against it';

COMMENT ON COLUMN tides.tides_context.said_since IS 'Since which refresh something, or nothing, speaks against it';

COMMENT ON COLUMN tides.tides_context.reclassified IS 'The same, once two refreshes far enough apart have said so';

COMMENT ON COLUMN tides.tides_context.settled_at IS 'The refresh that made it so';

CREATE TABLE tides.tides_history (
    history_id bigint NOT NULL,
    tides_id integer NOT NULL,
    step text NOT NULL,
    reason text NOT NULL,
    by text DEFAULT COALESCE(NULLIF(current_setting('tides.by'::text, true), ''::text), (SESSION_USER)::text) NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT tides_history_step_check CHECK ((step = ANY (ARRAY['selected'::text, 'created'::text, 'ingested'::text, 'deactivated'::text, 'reactivated'::text, 'vetoed'::text, 'forced'::text, 'observed'::text, 'merged'::text])))
);

COMMENT ON TABLE tides.tides_history IS 'Every step of every target, with the reason in words; append-only';

COMMENT ON COLUMN tides.tides_history.by IS 'The run or the person: the session''s setting tides.by, else its role';

ALTER TABLE tides.tides_history ALTER COLUMN history_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.tides_history_history_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tides.to_annotate (
    survey text NOT NULL,
    object_id text NOT NULL,
    noted_id bigint NOT NULL
);

COMMENT ON TABLE tides.to_annotate IS 'Objects of which Lasair may not have been told the newest; archive/annotations_to_send.sql takes out what it knows';

COMMENT ON COLUMN tides.to_annotate.noted_id IS 'A new number each time that the object is noted: what is noted meanwhile is not taken out';

ALTER TABLE tides.to_annotate ALTER COLUMN noted_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.to_annotate_noted_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tides.to_count (
    survey text NOT NULL,
    object_id text NOT NULL
);

COMMENT ON TABLE tides.to_count IS 'Objects that may count otherwise than in counted_object, by triggers; an object may stand here more than once';

CREATE VIEW tides.verdict AS
 SELECT s.selection_id,
    s.lane,
    s.stream,
    s.survey,
    s.object_id,
    s.function,
    s.function_hash,
    s.input_hash,
    s.as_of,
    s.passed,
    s.passes_now,
    s.context_until_jd,
    s.control,
        CASE
            WHEN (s.form_id IS NULL) THEN s.criteria
            ELSE tides.criteria_in_full((c.content)::jsonb, (s.found)::jsonb)
        END AS criteria,
    s.trigger_jd,
    s.trigger_known,
    s.detections,
    s.first_jd,
    s.last_jd,
    s.code_version,
    s.run_id,
    s.judged_at,
    s.merged_at,
    s.selection_epoch_id
   FROM (tides.selection s
     LEFT JOIN tides.criteria_form c USING (form_id));

COMMENT ON VIEW tides.verdict IS 'Verdicts with every criterion in full';

CREATE TABLE tides.visit_reading (
    one boolean DEFAULT true NOT NULL,
    read_at timestamp with time zone DEFAULT now() NOT NULL,
    visits integer NOT NULL,
    unreadable integer NOT NULL,
    CONSTRAINT visit_reading_one_check CHECK (one)
);

COMMENT ON TABLE tides.visit_reading IS 'One row: when 4MOST''s candidate visits were last read, and how many';

CREATE VIEW tides.visited_night AS
 SELECT l.survey,
    n.night,
    n.cell
   FROM ((tides.survey_limits_asked() l(survey, streams, bands, faint_limit, current_window_days, current_max_age_days, unobserved_nights, recurrent_days, unobserved_visits)
     JOIN tides.cell_night n ON ((n.stream = ANY (l.streams))))
     JOIN tides.counted_night c ON (((c.survey = l.survey) AND (c.night = n.night))))
  GROUP BY l.survey, n.night, n.cell
 HAVING (max(n.objects) >= ( SELECT live_limits_asked.visit_objects
           FROM tides.live_limits_asked() live_limits_asked(one, hysteresis_mag, unobserved_days, survey_night_objects, other_survey_days, complete_snr, visit_objects)));

COMMENT ON VIEW tides.visited_night IS 'Complete nights in which a survey visited a cell of its grid, in its own numbers';

ALTER TABLE ONLY tides.accepted_unknown
    ADD CONSTRAINT accepted_unknown_pkey PRIMARY KEY (stream, name);

ALTER TABLE ONLY tides.alarm_message
    ADD CONSTRAINT alarm_message_alarm_id_channel_all_clear_key UNIQUE (alarm_id, channel, all_clear);

ALTER TABLE ONLY tides.alarm_message
    ADD CONSTRAINT alarm_message_pkey PRIMARY KEY (message_id);

ALTER TABLE ONLY tides.alarm
    ADD CONSTRAINT alarm_pkey PRIMARY KEY (alarm_id);

ALTER TABLE ONLY tides.annotated_as
    ADD CONSTRAINT annotated_as_pkey PRIMARY KEY (survey);

ALTER TABLE ONLY tides.annotation
    ADD CONSTRAINT annotation_pkey PRIMARY KEY (survey, object_id);

ALTER TABLE ONLY tides.bridge_run
    ADD CONSTRAINT bridge_run_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY tides.candidate
    ADD CONSTRAINT candidate_pkey PRIMARY KEY (lane, stream, object_id);

ALTER TABLE ONLY tides.candidate_visit
    ADD CONSTRAINT candidate_visit_pkey PRIMARY KEY (visit_no);

ALTER TABLE ONLY tides.candidate_visit_target
    ADD CONSTRAINT candidate_visit_target_pkey PRIMARY KEY (visit_no, target_id);

ALTER TABLE ONLY tides.cell_night
    ADD CONSTRAINT cell_night_pkey PRIMARY KEY (stream, night, cell);

ALTER TABLE ONLY tides.changed_target
    ADD CONSTRAINT changed_target_pkey PRIMARY KEY (changed_id);

ALTER TABLE ONLY tides.checked_object
    ADD CONSTRAINT checked_object_pkey PRIMARY KEY (run_id, object_id);

ALTER TABLE ONLY tides.counted_object
    ADD CONSTRAINT counted_object_pkey PRIMARY KEY (survey, object_id, stream);

ALTER TABLE ONLY tides.criteria_form
    ADD CONSTRAINT criteria_form_hash_key UNIQUE (hash);

ALTER TABLE ONLY tides.criteria_form
    ADD CONSTRAINT criteria_form_pkey PRIMARY KEY (form_id);

ALTER TABLE ONLY tides.dead_letter
    ADD CONSTRAINT dead_letter_pkey PRIMARY KEY (dead_letter_id);

ALTER TABLE ONLY tides.digest
    ADD CONSTRAINT digest_pkey PRIMARY KEY (day);

ALTER TABLE ONLY tides.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (event_id);

ALTER TABLE ONLY tides.fourmost_bulk
    ADD CONSTRAINT fourmost_bulk_pkey PRIMARY KEY (connection);

ALTER TABLE ONLY tides.fourmost_exchange
    ADD CONSTRAINT fourmost_exchange_pkey PRIMARY KEY (exchange_id);

ALTER TABLE ONLY tides.fourmost_key
    ADD CONSTRAINT fourmost_key_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY tides.fourmost_stray
    ADD CONSTRAINT fourmost_stray_pkey PRIMARY KEY (pk);

ALTER TABLE ONLY tides.fourmost_target
    ADD CONSTRAINT fourmost_target_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tides.function_in_use
    ADD CONSTRAINT function_in_use_pkey PRIMARY KEY (rank);

ALTER TABLE ONLY tides.host_candidate
    ADD CONSTRAINT host_candidate_pkey PRIMARY KEY (tides_id, host_id);

ALTER TABLE ONLY tides.host_candidate
    ADD CONSTRAINT host_candidate_tides_id_rank_key UNIQUE (tides_id, rank);

ALTER TABLE ONLY tides.host_limits
    ADD CONSTRAINT host_limits_pkey PRIMARY KEY (one);

ALTER TABLE ONLY tides.judged_curve
    ADD CONSTRAINT judged_curve_pkey PRIMARY KEY (survey, object_id, hash);

ALTER TABLE ONLY tides.judged_until
    ADD CONSTRAINT judged_until_pkey PRIMARY KEY (survey);

ALTER TABLE ONLY tides.lasair_call
    ADD CONSTRAINT lasair_call_pkey PRIMARY KEY (token, hour);

ALTER TABLE ONLY tides.lasair_failure
    ADD CONSTRAINT lasair_failure_pkey PRIMARY KEY (survey, object_id, call);

ALTER TABLE ONLY tides.light_curve
    ADD CONSTRAINT light_curve_pkey PRIMARY KEY (lane, survey, object_id);

ALTER TABLE ONLY tides.listed
    ADD CONSTRAINT listed_list_entry_key UNIQUE (list, entry);

ALTER TABLE ONLY tides.listed
    ADD CONSTRAINT listed_pkey PRIMARY KEY (tides_id);

ALTER TABLE ONLY tides.live_limits
    ADD CONSTRAINT live_limits_pkey PRIMARY KEY (one);

ALTER TABLE ONLY tides.name_counter
    ADD CONSTRAINT name_counter_pkey PRIMARY KEY (prefix, year);

ALTER TABLE ONLY tides.night_criterion
    ADD CONSTRAINT night_criterion_pkey PRIMARY KEY (stream, night, function, function_hash, criterion);

ALTER TABLE ONLY tides.night_pair
    ADD CONSTRAINT night_pair_pkey PRIMARY KEY (stream, night, function, function_hash, criterion, other);

ALTER TABLE ONLY tides.night_rate
    ADD CONSTRAINT night_rate_pkey PRIMARY KEY (stream, night, function, function_hash);

ALTER TABLE ONLY tides.night_seen
    ADD CONSTRAINT night_seen_pkey PRIMARY KEY (stream, night, object_id);

ALTER TABLE ONLY tides.night_step
    ADD CONSTRAINT night_step_pkey PRIMARY KEY (night, what);

ALTER TABLE ONLY tides.night_stream
    ADD CONSTRAINT night_stream_pkey PRIMARY KEY (stream, night);

ALTER TABLE ONLY tides.operator_decision
    ADD CONSTRAINT operator_decision_pkey PRIMARY KEY (decision_id);

ALTER TABLE ONLY tides.past
    ADD CONSTRAINT past_pkey PRIMARY KEY (past_id);

ALTER TABLE ONLY tides.pruned_object
    ADD CONSTRAINT pruned_object_pkey PRIMARY KEY (survey, object_id);

ALTER TABLE ONLY tides.report_told
    ADD CONSTRAINT report_told_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY tides.retention_mark
    ADD CONSTRAINT retention_mark_pkey PRIMARY KEY (what, part);

ALTER TABLE ONLY tides.run_attempt
    ADD CONSTRAINT run_attempt_dag_run_id_started_at_key UNIQUE (dag_run_id, started_at);

ALTER TABLE ONLY tides.run_attempt
    ADD CONSTRAINT run_attempt_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY tides.run_task
    ADD CONSTRAINT run_task_pkey PRIMARY KEY (run_id, task_id, map_index);

ALTER TABLE ONLY tides.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (version);

ALTER TABLE ONLY tides.schema_object
    ADD CONSTRAINT schema_object_pkey PRIMARY KEY (schema_object_id);

ALTER TABLE ONLY tides.schema_version
    ADD CONSTRAINT schema_version_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY tides.selection_epoch
    ADD CONSTRAINT selection_epoch_pkey PRIMARY KEY (selection_epoch_id);

ALTER TABLE ONLY tides.selection_input
    ADD CONSTRAINT selection_input_pkey PRIMARY KEY (selection_id);

ALTER TABLE ONLY tides.selection
    ADD CONSTRAINT selection_lane_survey_object_id_function_function_hash_inpu_key UNIQUE NULLS NOT DISTINCT (lane, survey, object_id, function, function_hash, input_hash, as_of);

ALTER TABLE ONLY tides.selection
    ADD CONSTRAINT selection_pkey PRIMARY KEY (selection_id);

ALTER TABLE ONLY tides.selection_preview
    ADD CONSTRAINT selection_preview_pkey PRIMARY KEY (preview_id);

ALTER TABLE ONLY tides.stream_audit
    ADD CONSTRAINT stream_audit_pkey PRIMARY KEY (stream);

ALTER TABLE ONLY tides.stream_column
    ADD CONSTRAINT stream_column_pkey PRIMARY KEY (stream, name);

ALTER TABLE ONLY tides.stream_count
    ADD CONSTRAINT stream_count_pkey PRIMARY KEY (stream);

ALTER TABLE ONLY tides.stream_offset
    ADD CONSTRAINT stream_offset_pkey PRIMARY KEY (lane, stream, partition);

ALTER TABLE ONLY tides.survey_limits
    ADD CONSTRAINT survey_limits_pkey PRIMARY KEY (survey);

ALTER TABLE ONLY tides.survey_night
    ADD CONSTRAINT survey_night_pkey PRIMARY KEY (stream, night);

ALTER TABLE ONLY tides.survey
    ADD CONSTRAINT survey_pkey PRIMARY KEY (survey);

ALTER TABLE ONLY tides.target_band
    ADD CONSTRAINT target_band_pkey PRIMARY KEY (tides_id, survey, band);

ALTER TABLE ONLY tides.target_comment
    ADD CONSTRAINT target_comment_pkey PRIMARY KEY (comment_id);

ALTER TABLE ONLY tides.tides_alias
    ADD CONSTRAINT tides_alias_pkey PRIMARY KEY (survey, object_id);

ALTER TABLE ONLY tides.tides_context
    ADD CONSTRAINT tides_context_pkey PRIMARY KEY (survey, object_id);

ALTER TABLE ONLY tides.tides_history
    ADD CONSTRAINT tides_history_pkey PRIMARY KEY (history_id);

ALTER TABLE ONLY tides.tides_hosts
    ADD CONSTRAINT tides_hosts_catalogue_catalogue_id_key UNIQUE (catalogue, catalogue_id);

ALTER TABLE ONLY tides.tides_hosts
    ADD CONSTRAINT tides_hosts_name_key UNIQUE (name);

ALTER TABLE ONLY tides.tides_hosts
    ADD CONSTRAINT tides_hosts_pk_4most_key UNIQUE (pk_4most);

ALTER TABLE ONLY tides.tides_hosts
    ADD CONSTRAINT tides_hosts_pkey PRIMARY KEY (tides_id);

ALTER TABLE ONLY tides.tides_master
    ADD CONSTRAINT tides_master_name_key UNIQUE (name);

ALTER TABLE ONLY tides.tides_master
    ADD CONSTRAINT tides_master_pk_4most_key UNIQUE (pk_4most);

ALTER TABLE ONLY tides.tides_master
    ADD CONSTRAINT tides_master_pkey PRIMARY KEY (tides_id);

ALTER TABLE ONLY tides.tides_spectrum
    ADD CONSTRAINT tides_spectrum_pkey PRIMARY KEY (tides_id, night, source);

ALTER TABLE ONLY tides.to_annotate
    ADD CONSTRAINT to_annotate_pkey PRIMARY KEY (survey, object_id);

ALTER TABLE ONLY tides.visit_reading
    ADD CONSTRAINT visit_reading_pkey PRIMARY KEY (one);

CREATE INDEX alarm_message_unsent ON tides.alarm_message USING btree (channel, message_id) WHERE (sent_at IS NULL);

CREATE UNIQUE INDEX alarm_open ON tides.alarm USING btree (kind) WHERE (ended_at IS NULL);

CREATE INDEX bridge_run_ended ON tides.bridge_run USING btree (ended_at);

CREATE INDEX candidate_cell ON tides.candidate USING btree (survey, cell) WHERE (lane = 'live'::text);

CREATE INDEX candidate_known ON tides.candidate USING btree (stream, known_at DESC, object_id) WHERE (lane = 'live'::text);

CREATE INDEX candidate_object ON tides.candidate USING btree (lane, survey, object_id);

CREATE INDEX candidate_problem ON tides.candidate USING btree (lane) WHERE (problem IS NOT NULL);

CREATE INDEX candidate_refreshed ON tides.candidate USING btree (survey, object_id) WHERE ((lane = 'live'::text) AND (origin = 'refresh'::text));

CREATE INDEX candidate_unplaced ON tides.candidate USING btree (survey) WHERE (cell IS NULL);

CREATE INDEX candidate_visit_target_target ON tides.candidate_visit_target USING btree (target_id);

CREATE INDEX candidate_waiting ON tides.candidate USING btree (lane, stream, known_at DESC) WHERE waiting;

CREATE INDEX candidate_without_position ON tides.candidate USING btree (lane, survey, object_id) WHERE ((ra IS NULL) OR ("dec" IS NULL));

CREATE INDEX dead_letter_buried ON tides.dead_letter USING btree (buried_at);

CREATE UNIQUE INDEX dead_letter_object ON tides.dead_letter USING btree (lane, stream, object_id) WHERE (kind = 'object'::text);

CREATE UNIQUE INDEX dead_letter_position ON tides.dead_letter USING btree (lane, stream, topic_id, partition, "offset", sha256(raw)) NULLS NOT DISTINCT WHERE (kind = 'message'::text);

CREATE INDEX event_acknowledged ON tides.event USING btree (acknowledged_at) WHERE (acknowledged_at IS NOT NULL);

CREATE INDEX event_acts ON tides.event USING btree (opened_at) WHERE (kind = ANY (ARRAY['released'::text, 'first start released'::text, 'refusals released'::text, 'dead letters replayed'::text, 'message buried'::text]));

CREATE INDEX event_closed ON tides.event USING btree (closed_at) WHERE (closed_at IS NOT NULL);

CREATE INDEX event_lost ON tides.event USING btree (last_seen_at) WHERE (kind = 'broker lost'::text);

CREATE UNIQUE INDEX event_open ON tides.event USING btree (kind, subject) WHERE (closed_at IS NULL);

CREATE INDEX event_opened ON tides.event USING btree (opened_at);

CREATE INDEX event_subject ON tides.event USING btree (subject text_pattern_ops);

CREATE INDEX fourmost_exchange_answer ON tides.fourmost_exchange USING btree (exchange_id) WHERE ((part = 'answer'::text) AND (verb = ANY (ARRAY['create'::text, 'change'::text])));

CREATE INDEX fourmost_exchange_at ON tides.fourmost_exchange USING btree (at);

CREATE INDEX fourmost_exchange_target ON tides.fourmost_exchange USING btree (id, exchange_id);

CREATE UNIQUE INDEX fourmost_key_current ON tides.fourmost_key USING btree (id) WHERE (status = 'current'::text);

CREATE INDEX fourmost_key_target ON tides.fourmost_key USING btree (id);

CREATE INDEX fourmost_key_unrecorded ON tides.fourmost_key USING btree (id) WHERE ((NOT recorded) AND (status = 'current'::text));

CREATE INDEX fourmost_stray_dec ON tides.fourmost_stray USING btree ("dec");

CREATE INDEX fourmost_target_differs ON tides.fourmost_target USING btree (id) WHERE differs;

CREATE INDEX fourmost_target_guarded ON tides.fourmost_target USING btree (id) WHERE ((held IS NOT NULL) OR (released_at IS NOT NULL));

CREATE INDEX fourmost_target_ingested ON tides.fourmost_target USING btree (date_ingested);

CREATE INDEX fourmost_target_live ON tides.fourmost_target USING btree (id) WHERE (state = 'live'::text);

CREATE INDEX fourmost_target_refused ON tides.fourmost_target USING btree (id) WHERE (refusal IS NOT NULL);

CREATE INDEX fourmost_target_told ON tides.fourmost_target USING btree (told_at);

CREATE INDEX host_candidate_first ON tides.host_candidate USING btree (host_id) WHERE (rank = 1);

CREATE INDEX host_candidate_host ON tides.host_candidate USING btree (host_id);

CREATE INDEX night_seen_unplaced ON tides.night_seen USING btree (stream) WHERE (cell IS NULL);

CREATE INDEX operator_decision_made ON tides.operator_decision USING btree (at) WHERE (cause IS NULL);

CREATE INDEX operator_decision_on ON tides.operator_decision USING btree (tides_id);

CREATE INDEX operator_decision_target ON tides.operator_decision USING btree (tides_id) WHERE (undone_at IS NULL);

CREATE INDEX operator_decision_undone ON tides.operator_decision USING btree (undone_at) WHERE ((cause IS NULL) AND (undone_at IS NOT NULL));

CREATE INDEX past_key ON tides.past USING btree (kind, key, past_id DESC);

CREATE INDEX run_attempt_of_dag ON tides.run_attempt USING btree (dag_id, started_at);

CREATE INDEX run_task_failed ON tides.run_task USING btree (failed_at);

CREATE INDEX selection_epoch_newest ON tides.selection_epoch USING btree (kind, subject, selection_epoch_id DESC);

CREATE INDEX selection_input_curve ON tides.selection_input USING btree (survey, object_id, hash);

CREATE INDEX selection_passed ON tides.selection USING btree (survey, object_id, function, function_hash) WHERE passed;

CREATE INDEX selection_run ON tides.selection USING btree (run_id);

CREATE INDEX selection_unmerged ON tides.selection USING btree (lane, survey, object_id) WHERE (merged_at IS NULL);

CREATE INDEX target_comment_target ON tides.target_comment USING btree (tides_id);

CREATE INDEX tides_alias_seen ON tides.tides_alias USING btree (survey, GREATEST(last_jd, seen_jd));

CREATE INDEX tides_alias_target ON tides.tides_alias USING btree (tides_id);

CREATE INDEX tides_alias_unplaced ON tides.tides_alias USING btree (survey) WHERE (cell IS NULL);

CREATE INDEX tides_context_tns ON tides.tides_context USING btree (lower(regexp_replace(tns_name, '^[A-Za-z]+ ?'::text, ''::text)));

CREATE INDEX tides_history_at ON tides.tides_history USING btree (at);

CREATE INDEX tides_history_target ON tides.tides_history USING btree (tides_id, history_id);

CREATE INDEX tides_hosts_active ON tides.tides_hosts USING btree (tides_id) WHERE active;

CREATE INDEX tides_hosts_dec ON tides.tides_hosts USING btree ("dec");

CREATE INDEX tides_master_active ON tides.tides_master USING btree (tides_id) WHERE active;

CREATE INDEX tides_master_created ON tides.tides_master USING btree (created);

CREATE INDEX tides_master_dec ON tides.tides_master USING btree ("dec");

CREATE INDEX tides_master_merged ON tides.tides_master USING btree (merged_into) WHERE (merged_into IS NOT NULL);

CREATE INDEX tides_master_ra ON tides.tides_master USING btree (ra);

CREATE INDEX tides_master_unasked ON tides.tides_master USING btree (tides_id) WHERE ((hosts_asked_at IS NULL) AND reachable AND (merged_into IS NULL));

CREATE INDEX tides_master_updated ON tides.tides_master USING btree (updated);

CREATE INDEX tides_master_waits ON tides.tides_master USING btree (tides_id) WHERE (why = ANY (ARRAY['new'::tides.why, 'between_epochs'::tides.why]));

CREATE INDEX tides_spectrum_night ON tides.tides_spectrum USING btree (night);

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON tides.criteria_form FOR EACH STATEMENT EXECUTE FUNCTION tides.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON tides.past FOR EACH STATEMENT EXECUTE FUNCTION tides.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON tides.run_attempt FOR EACH STATEMENT EXECUTE FUNCTION tides.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON tides.target_comment FOR EACH STATEMENT EXECUTE FUNCTION tides.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON tides.tides_history FOR EACH STATEMENT EXECUTE FUNCTION tides.refuse_change();

CREATE TRIGGER changed AFTER UPDATE OF date_ingested ON tides.fourmost_target FOR EACH ROW WHEN ((old.date_ingested IS DISTINCT FROM new.date_ingested)) EXECUTE FUNCTION tides.note_changed_row();

CREATE TRIGGER changed AFTER INSERT OR DELETE OR UPDATE ON tides.function_in_use FOR EACH ROW EXECUTE FUNCTION tides.note_changed_all();

CREATE TRIGGER changed AFTER INSERT OR DELETE OR UPDATE ON tides.host_limits FOR EACH ROW EXECUTE FUNCTION tides.note_changed_all();

CREATE TRIGGER changed AFTER INSERT OR DELETE OR UPDATE ON tides.live_limits FOR EACH ROW EXECUTE FUNCTION tides.note_changed_all();

CREATE TRIGGER changed AFTER INSERT OR DELETE OR UPDATE ON tides.operator_decision FOR EACH ROW EXECUTE FUNCTION tides.note_changed_row();

CREATE TRIGGER changed AFTER UPDATE OF caught_up_at ON tides.stream_offset FOR EACH ROW WHEN (((new.lane = 'live'::text) AND (old.caught_up_at IS DISTINCT FROM new.caught_up_at) AND (NOT COALESCE((new.caught_up_at > old.caught_up_at), false)))) EXECUTE FUNCTION tides.note_changed_all();

CREATE TRIGGER changed AFTER INSERT OR DELETE OR UPDATE ON tides.survey FOR EACH ROW EXECUTE FUNCTION tides.note_changed_all();

CREATE TRIGGER changed AFTER INSERT OR DELETE OR UPDATE ON tides.survey_limits FOR EACH ROW EXECUTE FUNCTION tides.note_changed_all();

CREATE TRIGGER changed AFTER INSERT OR UPDATE OF name, ra, "dec", redshift, active, why, why_detail ON tides.tides_hosts FOR EACH ROW EXECUTE FUNCTION tides.note_changed_row();

CREATE TRIGGER changed AFTER UPDATE OF name, ra, "dec", reachable, sherlock_class, active, why, why_detail, reactivated_jd, merged_into ON tides.tides_master FOR EACH ROW EXECUTE FUNCTION tides.note_changed_row();

CREATE TRIGGER changed_by_delete AFTER DELETE ON tides.fourmost_target FOR EACH ROW WHEN ((old.date_ingested IS NOT NULL)) EXECUTE FUNCTION tides.note_changed_row();

CREATE TRIGGER changed_by_delete AFTER DELETE ON tides.host_candidate REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_delete AFTER DELETE ON tides.listed REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_delete AFTER DELETE ON tides.stream_offset FOR EACH ROW WHEN ((old.lane = 'live'::text)) EXECUTE FUNCTION tides.note_changed_all();

CREATE TRIGGER changed_by_delete AFTER DELETE ON tides.target_band REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_delete AFTER DELETE ON tides.tides_alias REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_delete AFTER DELETE ON tides.tides_context REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_delete AFTER DELETE ON tides.tides_spectrum REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_insert AFTER INSERT ON tides.fourmost_target FOR EACH ROW WHEN ((new.date_ingested IS NOT NULL)) EXECUTE FUNCTION tides.note_changed_row();

CREATE TRIGGER changed_by_insert AFTER INSERT ON tides.host_candidate REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_insert AFTER INSERT ON tides.listed REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_insert AFTER INSERT ON tides.stream_offset FOR EACH ROW WHEN ((new.lane = 'live'::text)) EXECUTE FUNCTION tides.note_changed_all();

CREATE TRIGGER changed_by_insert AFTER INSERT ON tides.target_band REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_insert AFTER INSERT ON tides.tides_alias REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_insert AFTER INSERT ON tides.tides_context REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_insert AFTER INSERT ON tides.tides_master REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_insert AFTER INSERT ON tides.tides_spectrum REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_update AFTER UPDATE ON tides.host_candidate REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_update AFTER UPDATE ON tides.listed REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_update AFTER UPDATE ON tides.target_band REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_update AFTER UPDATE ON tides.tides_alias REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_update AFTER UPDATE ON tides.tides_context REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_update AFTER UPDATE ON tides.tides_spectrum REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_key AFTER UPDATE OF pk_4most ON tides.tides_master FOR EACH ROW WHEN ((old.pk_4most IS DISTINCT FROM new.pk_4most)) EXECUTE FUNCTION tides.note_changed_row();

CREATE TRIGGER counted AFTER INSERT OR DELETE ON tides.tides_hosts FOR EACH ROW EXECUTE FUNCTION tides.note_target_count();

CREATE TRIGGER counted AFTER INSERT OR DELETE OR UPDATE OF why, reachable, merged_into ON tides.tides_master FOR EACH ROW EXECUTE FUNCTION tides.note_target_count();

CREATE TRIGGER counted_by_cell AFTER INSERT OR DELETE ON tides.tides_master FOR EACH ROW EXECUTE FUNCTION tides.note_cell_count();

CREATE TRIGGER counted_by_new_cell AFTER UPDATE OF ra, "dec", merged_into ON tides.tides_master FOR EACH ROW WHEN ((((old.ra IS DISTINCT FROM new.ra) OR (old."dec" IS DISTINCT FROM new."dec")) OR ((old.merged_into IS NULL) IS DISTINCT FROM (new.merged_into IS NULL)))) EXECUTE FUNCTION tides.note_cell_count();

CREATE TRIGGER demand_target BEFORE INSERT OR UPDATE OF tides_id ON tides.operator_decision FOR EACH ROW EXECUTE FUNCTION tides.demand_target();

CREATE TRIGGER demand_target BEFORE INSERT ON tides.target_comment FOR EACH ROW EXECUTE FUNCTION tides.demand_target();

CREATE TRIGGER demand_target BEFORE INSERT OR UPDATE OF tides_id ON tides.tides_spectrum FOR EACH ROW EXECUTE FUNCTION tides.demand_target();

CREATE TRIGGER note_created AFTER INSERT ON tides.fourmost_key FOR EACH ROW WHEN ((new.status = 'current'::text)) EXECUTE FUNCTION tides.note_created();

CREATE TRIGGER note_ingested AFTER UPDATE OF date_ingested ON tides.fourmost_target FOR EACH ROW WHEN (((old.date_ingested IS NULL) AND (new.date_ingested IS NOT NULL))) EXECUTE FUNCTION tides.note_ingested();

CREATE TRIGGER note_ingested_at_once AFTER INSERT ON tides.fourmost_target FOR EACH ROW WHEN ((new.date_ingested IS NOT NULL)) EXECUTE FUNCTION tides.note_ingested();

CREATE TRIGGER past AFTER DELETE OR UPDATE OF date_ingested ON tides.fourmost_target FOR EACH ROW EXECUTE FUNCTION tides.keep_past('id', 'date_ingested');

CREATE TRIGGER past AFTER INSERT OR DELETE OR UPDATE ON tides.host_candidate FOR EACH ROW EXECUTE FUNCTION tides.keep_past('tides_id host_id', 'rank separation_arcsec');

CREATE TRIGGER past AFTER INSERT OR DELETE OR UPDATE ON tides.operator_decision FOR EACH ROW EXECUTE FUNCTION tides.keep_past('decision_id', 'verb tides_id ra dec radius_arcsec reason undone_at');

CREATE TRIGGER past AFTER INSERT OR DELETE OR UPDATE OF survey, object_id, tides_id ON tides.tides_alias FOR EACH ROW EXECUTE FUNCTION tides.keep_past('survey object_id', 'tides_id');

CREATE TRIGGER past AFTER INSERT OR DELETE OR UPDATE ON tides.tides_context FOR EACH ROW EXECUTE FUNCTION tides.keep_past('survey object_id', 'sherlock_class tns_name tns_type redshift host_redshift reclassified');

CREATE TRIGGER past AFTER INSERT OR DELETE OR UPDATE ON tides.tides_hosts FOR EACH ROW EXECUTE FUNCTION tides.keep_past('tides_id', 'name catalogue catalogue_id ra dec redshift photo_z band mag mag_err radius_arcsec active why pk_4most ostd_targ_id ostd_u_obj_id', 'active_since');

CREATE TRIGGER past AFTER INSERT OR DELETE OR UPDATE OF name, position_survey, reachable, template, control, active, why, same_place_as, pk_4most, ostd_targ_id, ostd_u_obj_id, merged_into ON tides.tides_master FOR EACH ROW EXECUTE FUNCTION tides.keep_past('tides_id', 'name position_survey reachable template control active why same_place_as pk_4most ostd_targ_id ostd_u_obj_id merged_into', 'ra dec active_since');

CREATE TRIGGER past AFTER INSERT OR DELETE OR UPDATE ON tides.tides_spectrum FOR EACH ROW EXECUTE FUNCTION tides.keep_past('tides_id night source', 'state snr');

CREATE TRIGGER past_ingested_at_once AFTER INSERT ON tides.fourmost_target FOR EACH ROW WHEN ((new.date_ingested IS NOT NULL)) EXECUTE FUNCTION tides.keep_past('id', 'date_ingested');

CREATE TRIGGER to_count AFTER INSERT ON tides.candidate REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_to_count();

CREATE TRIGGER to_count AFTER INSERT ON tides.selection REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_to_count();

CREATE TRIGGER to_count AFTER INSERT OR DELETE OR UPDATE OF survey, object_id, tides_id ON tides.tides_alias FOR EACH ROW EXECUTE FUNCTION tides.note_to_count();

CREATE TRIGGER to_count AFTER UPDATE OF active, reachable, pk_4most ON tides.tides_master FOR EACH ROW WHEN ((((old.active IS DISTINCT FROM new.active) OR (old.reachable IS DISTINCT FROM new.reachable)) OR ((old.pk_4most IS NULL) IS DISTINCT FROM (new.pk_4most IS NULL)))) EXECUTE FUNCTION tides.note_to_count();

CREATE TRIGGER to_count_no_more AFTER DELETE ON tides.candidate REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_to_count();

CREATE TRIGGER to_count_no_more AFTER DELETE ON tides.selection REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tides.note_to_count();

ALTER TABLE ONLY tides.alarm_message
    ADD CONSTRAINT alarm_message_alarm_id_fkey FOREIGN KEY (alarm_id) REFERENCES tides.alarm(alarm_id);

ALTER TABLE ONLY tides.candidate_visit_target
    ADD CONSTRAINT candidate_visit_target_visit_no_fkey FOREIGN KEY (visit_no) REFERENCES tides.candidate_visit(visit_no) ON DELETE CASCADE;

ALTER TABLE ONLY tides.checked_object
    ADD CONSTRAINT checked_object_run_id_fkey FOREIGN KEY (run_id) REFERENCES tides.run_attempt(run_id);

ALTER TABLE ONLY tides.host_candidate
    ADD CONSTRAINT host_candidate_host_id_fkey FOREIGN KEY (host_id) REFERENCES tides.tides_hosts(tides_id);

ALTER TABLE ONLY tides.host_candidate
    ADD CONSTRAINT host_candidate_tides_id_fkey FOREIGN KEY (tides_id) REFERENCES tides.tides_master(tides_id);

ALTER TABLE ONLY tides.listed
    ADD CONSTRAINT listed_tides_id_fkey FOREIGN KEY (tides_id) REFERENCES tides.tides_master(tides_id);

ALTER TABLE ONLY tides.report_told
    ADD CONSTRAINT report_told_run_id_fkey FOREIGN KEY (run_id) REFERENCES tides.bridge_run(run_id);

ALTER TABLE ONLY tides.run_task
    ADD CONSTRAINT run_task_run_id_fkey FOREIGN KEY (run_id) REFERENCES tides.run_attempt(run_id);

ALTER TABLE ONLY tides.selection_input
    ADD CONSTRAINT selection_input_survey_object_id_hash_fkey FOREIGN KEY (survey, object_id, hash) REFERENCES tides.judged_curve(survey, object_id, hash);

ALTER TABLE ONLY tides.target_band
    ADD CONSTRAINT target_band_tides_id_fkey FOREIGN KEY (tides_id) REFERENCES tides.tides_master(tides_id);

ALTER TABLE ONLY tides.tides_alias
    ADD CONSTRAINT tides_alias_tides_id_fkey FOREIGN KEY (tides_id) REFERENCES tides.tides_master(tides_id);

ALTER TABLE ONLY tides.tides_master
    ADD CONSTRAINT tides_master_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES tides.tides_master(tides_id);

ALTER TABLE ONLY tides.tides_master
    ADD CONSTRAINT tides_master_same_place_as_fkey FOREIGN KEY (same_place_as) REFERENCES tides.tides_master(tides_id);
