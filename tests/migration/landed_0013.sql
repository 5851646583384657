-- A small database of schema 0013, written by pg_dump --inserts on 2026-11-28 with the code of that schema.
-- Made by tests/bridge.py against the stand-ins: targets that are live, faded, vetoed, observed, gone and merged, a
-- host, dead letters, an event, candidate visits and a run. It is read by test_landed.py, and never made again.
--
-- PostgreSQL database dump
--

-- Dumped from database version 18.4
-- Dumped by pg_dump version 18.4

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: tides; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA tides;

--
-- Name: demand_keys(jsonb); Type: FUNCTION; Schema: tides; Owner: -
--

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

--
-- Name: demand_target(); Type: FUNCTION; Schema: tides; Owner: -
--

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

--
-- Name: draw_name(text); Type: FUNCTION; Schema: tides; Owner: -
--

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

--
-- Name: find_or_create_target(text, text, double precision, double precision, double precision, double precision, text, text, double precision, double precision); Type: FUNCTION; Schema: tides; Owner: -
--

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

--
-- Name: FUNCTION find_or_create_target(a_survey text, an_object_id text, a_ra double precision, a_dec double precision, a_first_jd double precision, a_last_jd double precision, a_template text, prefix text, radius_arcsec double precision, days double precision); Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON FUNCTION tides.find_or_create_target(a_survey text, an_object_id text, a_ra double precision, a_dec double precision, a_first_jd double precision, a_last_jd double precision, a_template text, prefix text, radius_arcsec double precision, days double precision) IS 'Under the master lock: the target that a survey''s object is, by position and time; only a really new one draws an id and a name';

--
-- Name: galactic_latitude(double precision, double precision); Type: FUNCTION; Schema: tides; Owner: -
--

CREATE FUNCTION tides.galactic_latitude(ra_deg double precision, dec_deg double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN asind(GREATEST(('-1'::integer)::double precision, LEAST((1)::double precision, ((sind(dec_deg) * sind((27.12825)::double precision)) + ((cosd(dec_deg) * cosd((27.12825)::double precision)) * cosd((ra_deg - (192.85948)::double precision)))))));

--
-- Name: FUNCTION galactic_latitude(ra_deg double precision, dec_deg double precision); Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON FUNCTION tides.galactic_latitude(ra_deg double precision, dec_deg double precision) IS 'Degrees; ICRS position of the Galactic pole: Hipparcos catalogue, vol. 1, 1.5.3';

--
-- Name: jd_utc(timestamp with time zone); Type: FUNCTION; Schema: tides; Owner: -
--

CREATE FUNCTION tides.jd_utc(moment timestamp with time zone) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (((EXTRACT(epoch FROM moment))::double precision / (86400)::double precision) + (2440587.5)::double precision);

--
-- Name: name_number(text); Type: FUNCTION; Schema: tides; Owner: -
--

CREATE FUNCTION tides.name_number(letters text) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ((SELECT (sum((((ascii(substr(name_number.letters, place.place, 1)) - 97))::numeric * ((26)::numeric ^ ((length(name_number.letters) - place.place))::numeric))))::bigint AS sum FROM generate_series(1, length(name_number.letters)) place(place)) + CASE length(letters) WHEN 4 THEN 17576 ELSE 0 END);

--
-- Name: FUNCTION name_number(letters text); Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON FUNCTION tides.name_number(letters text) IS 'The inverse of target_name: aaa is 0, zzz 17575, aaaa 17576';

--
-- Name: night(text, double precision); Type: FUNCTION; Schema: tides; Owner: -
--

CREATE FUNCTION tides.night(survey text, jd double precision) RETURNS integer
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN CASE survey WHEN 'ztf'::text THEN (floor((jd - (2457754.5)::double precision)))::integer ELSE (to_char((('1858-11-17'::date + (floor((jd - (2400001)::double precision)))::integer))::timestamp with time zone, 'YYYYMMDD'::text))::integer END;

--
-- Name: FUNCTION night(survey text, jd double precision); Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON FUNCTION tides.night(survey text, jd double precision) IS 'The survey''s own night: ZTF nid (UTC days), Rubin day_obs YYYYMMDD (noon to noon UTC)';

--
-- Name: night_end_jd(text, integer); Type: FUNCTION; Schema: tides; Owner: -
--

CREATE FUNCTION tides.night_end_jd(survey text, night integer) RETURNS double precision
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN CASE survey WHEN 'ztf'::text THEN ((night)::numeric + 2457755.5) ELSE (((to_date((night)::text, 'YYYYMMDD'::text) - '1858-11-17'::date) + 2400002))::numeric END;

--
-- Name: note_created(); Type: FUNCTION; Schema: tides; Owner: -
--

CREATE FUNCTION tides.note_created() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO tides.tides_history (tides_id, step, reason)
        VALUES (NEW.id, 'created', format('key %s at 4MOST as %s, learnt by: %s', NEW.pk, NEW.name, NEW.learnt_how));
    RETURN NULL;
END $$;

--
-- Name: note_ingested(); Type: FUNCTION; Schema: tides; Owner: -
--

CREATE FUNCTION tides.note_ingested() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO tides.tides_history (tides_id, step, reason)
        VALUES (NEW.id, 'ingested', format(
            'into 4MOST''s operations system at %s UTC', to_char(NEW.date_ingested AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')
        ));
    RETURN NULL;
END $$;

--
-- Name: refuse_change(); Type: FUNCTION; Schema: tides; Owner: -
--

CREATE FUNCTION tides.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'tides.% is append-only', TG_TABLE_NAME USING HINT = 'write a further row that says what is right';
END $$;

--
-- Name: separation_arcsec(double precision, double precision, double precision, double precision); Type: FUNCTION; Schema: tides; Owner: -
--

CREATE FUNCTION tides.separation_arcsec(ra_1 double precision, dec_1 double precision, ra_2 double precision, dec_2 double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (((3600 * 2))::double precision * degrees(asin(LEAST((1)::double precision, sqrt(((sind(((dec_2 - dec_1) / (2)::double precision)) ^ (2)::double precision) + ((cosd(dec_1) * cosd(dec_2)) * (sind(((ra_2 - ra_1) / (2)::double precision)) ^ (2)::double precision))))))));

--
-- Name: FUNCTION separation_arcsec(ra_1 double precision, dec_1 double precision, ra_2 double precision, dec_2 double precision); Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON FUNCTION tides.separation_arcsec(ra_1 double precision, dec_1 double precision, ra_2 double precision, dec_2 double precision) IS 'Great-circle distance by the haversine formula; right ascension may wrap';

--
-- Name: target_name(text, integer, integer); Type: FUNCTION; Schema: tides; Owner: -
--

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

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: fourmost_target; Type: TABLE; Schema: tides; Owner: -
--

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
    CONSTRAINT fourmost_target_date_latest_check CHECK (((date_latest >= (0)::double precision) AND (date_latest <= ('10000000'::numeric)::double precision))),
    CONSTRAINT fourmost_target_held_check CHECK ((held = ANY (ARRAY['initial'::text, 'created'::text, 'host'::text, 'faint'::text, 'reclassified'::text, 'unobserved'::text]))),
    CONSTRAINT fourmost_target_state_check CHECK ((state = ANY (ARRAY['live'::text, 'inactive'::text, 'absent'::text])))
)
WITH (fillfactor='80');

--
-- Name: TABLE fourmost_target; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.fourmost_target IS 'What we want of a target at 4MOST beside what 4MOST was last told';

--
-- Name: COLUMN fourmost_target.wanted; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.fourmost_target.wanted IS 'The whole row wanted at 4MOST, is_active included; NULL while it cannot be sent';

--
-- Name: COLUMN fourmost_target.problem; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.fourmost_target.problem IS 'Why it cannot be sent';

--
-- Name: COLUMN fourmost_target.told; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.fourmost_target.told IS 'What 4MOST holds, by its own last answer; NULL: unknown, or never told';

--
-- Name: COLUMN fourmost_target.before_told; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.fourmost_target.before_told IS 'What told was before the request under way: put back when the request surely did nothing';

--
-- Name: COLUMN fourmost_target.sending_since; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.fourmost_target.sending_since IS 'A request is under way, or its outcome is unknown, since; also says whose request it is';

--
-- Name: COLUMN fourmost_target.attempt; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.fourmost_target.attempt IS 'Requests since the last one that was stored';

--
-- Name: COLUMN fourmost_target.refused; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.fourmost_target.refused IS 'The row that 4MOST refused: not sent again until it differs';

--
-- Name: COLUMN fourmost_target.not_before; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.fourmost_target.not_before IS 'After failures: not tried again before';

--
-- Name: COLUMN fourmost_target.held; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.fourmost_target.held IS 'The guard holds the change: too many at once of this kind';

--
-- Name: COLUMN fourmost_target.released_by; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.fourmost_target.released_by IS 'Who let the held change go; until it is told';

--
-- Name: active_at_4most; Type: VIEW; Schema: tides; Owner: -
--

CREATE VIEW tides.active_at_4most AS
 SELECT f.id,
    f.name,
    ((t.told ->> 'ra'::text))::double precision AS ra,
    ((t.told ->> 'dec'::text))::double precision AS "dec",
    ((t.told ->> 'mag'::text))::double precision AS mag
   FROM (tides.fourmost_target f
     CROSS JOIN LATERAL ( SELECT COALESCE(f.told, f.before_told) AS told) t)
  WHERE ((f.state = 'live'::text) AND ((t.told ->> 'is_active'::text) = 'true'::text));

--
-- Name: VIEW active_at_4most; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON VIEW tides.active_at_4most IS 'The targets that 4MOST holds as active, and that we want so; its own values';

--
-- Name: annotation; Type: TABLE; Schema: tides; Owner: -
--

CREATE TABLE tides.annotation (
    survey text NOT NULL,
    object_id text NOT NULL,
    told jsonb NOT NULL,
    told_at timestamp with time zone DEFAULT now() NOT NULL
);

--
-- Name: TABLE annotation; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.annotation IS 'What Lasair was last told of an object as an annotation: sent again only when it differs';

--
-- Name: bridge_run; Type: TABLE; Schema: tides; Owner: -
--

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
    code_version text NOT NULL
);

--
-- Name: TABLE bridge_run; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.bridge_run IS 'One row a run, kept whatever becomes of Airflow''s own tables';

--
-- Name: candidate; Type: TABLE; Schema: tides; Owner: -
--

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
    CONSTRAINT candidate_dec_check CHECK ((("dec" >= ('-90'::integer)::double precision) AND ("dec" <= (90)::double precision))),
    CONSTRAINT candidate_first_jd_check CHECK (((first_jd >= (0)::double precision) AND (first_jd <= ('10000000'::numeric)::double precision))),
    CONSTRAINT candidate_last_jd_check CHECK (((last_jd >= (0)::double precision) AND (last_jd <= ('10000000'::numeric)::double precision))),
    CONSTRAINT candidate_origin_check CHECK ((origin = ANY (ARRAY['stream'::text, 'audit'::text, 'refresh'::text, 'hand'::text]))),
    CONSTRAINT candidate_ra_check CHECK (((ra >= (0)::double precision) AND (ra <= (360)::double precision)))
)
WITH (fillfactor='80');

--
-- Name: TABLE candidate; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.candidate IS 'Per lane, stream and object its newest alert';

--
-- Name: COLUMN candidate.alert; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.candidate.alert IS 'The message without its light curve and its UTC';

--
-- Name: COLUMN candidate.known_at; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.candidate.known_at IS 'When the broker sent the newest alert: what was known, and when';

--
-- Name: COLUMN candidate.bands; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.candidate.bands IS 'From the message columns: band -> jd, mag, brightest';

--
-- Name: COLUMN candidate.messages; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.candidate.messages IS 'How many messages have been folded in';

--
-- Name: candidate_visit; Type: TABLE; Schema: tides; Owner: -
--

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

--
-- Name: TABLE candidate_visit; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.candidate_visit IS 'The visits that 4MOST may make next; replaced whole by each reading';

--
-- Name: COLUMN candidate_visit.visit_no; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.candidate_visit.visit_no IS 'Its place in 4MOST''s answer: nothing says that a visit''s name comes once';

--
-- Name: COLUMN candidate_visit.visit; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.candidate_visit.visit IS 'As 4MOST names it';

--
-- Name: COLUMN candidate_visit.ra; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.candidate_visit.ra IS 'Centre of the tile';

--
-- Name: COLUMN candidate_visit.planned; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.candidate_visit.planned IS 'When, in 4MOST''s words; NULL: it does not say';

--
-- Name: COLUMN candidate_visit.content; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.candidate_visit.content IS 'The visit as 4MOST gave it';

--
-- Name: candidate_visit_target; Type: TABLE; Schema: tides; Owner: -
--

CREATE TABLE tides.candidate_visit_target (
    visit_no integer NOT NULL,
    target_id integer NOT NULL
);

--
-- Name: TABLE candidate_visit_target; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.candidate_visit_target IS 'Which of our targets a visit may observe: it names them, or its tile lies over them';

--
-- Name: COLUMN candidate_visit_target.target_id; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.candidate_visit_target.target_id IS 'The id in fourmost_target';

--
-- Name: dead_letter; Type: TABLE; Schema: tides; Owner: -
--

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
    CONSTRAINT dead_letter_kind_check CHECK ((kind = ANY (ARRAY['message'::text, 'object'::text])))
);

--
-- Name: TABLE dead_letter; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.dead_letter IS 'What could not be read (message) or judged (object), with the reason';

--
-- Name: dead_letter_dead_letter_id_seq; Type: SEQUENCE; Schema: tides; Owner: -
--

ALTER TABLE tides.dead_letter ALTER COLUMN dead_letter_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.dead_letter_dead_letter_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: operator_decision; Type: TABLE; Schema: tides; Owner: -
--

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

--
-- Name: TABLE operator_decision; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.operator_decision IS 'Vetoes and forces: on a target, or on all within a radius of a position (ICRS)';

--
-- Name: tides_master; Type: TABLE; Schema: tides; Owner: -
--

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

--
-- Name: TABLE tides_master; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.tides_master IS 'One row a target';

--
-- Name: COLUMN tides_master.active; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_master.active IS 'Live or not; computed by deactivate_unobserved.sql alone';

--
-- Name: COLUMN tides_master.reason; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_master.reason IS 'Why it is, or is not, active';

--
-- Name: COLUMN tides_master.same_place_as; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_master.same_place_as IS 'An older target at this position, active too long before to be the same';

--
-- Name: COLUMN tides_master.pk_4most; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_master.pk_4most IS 'The current primary key at 4MOST; all of them are in fourmost_key';

--
-- Name: COLUMN tides_master.control; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_master.control IS 'Only a control sample has ever selected it: to be left out of what the function selects, and to measure it by';

--
-- Name: COLUMN tides_master.reactivated_jd; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_master.reactivated_jd IS 'A person lets reappearances up to this date count as live';

--
-- Name: COLUMN tides_master.merged_into; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_master.merged_into IS 'The target that this one turned out to be: there are its objects, magnitudes, spectra and decisions';

--
-- Name: COLUMN tides_master.hosts_asked_at; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_master.hosts_asked_at IS 'When Sherlock was last asked for its hosts';

--
-- Name: tides_master_tides_id_seq; Type: SEQUENCE; Schema: tides; Owner: -
--

ALTER TABLE tides.tides_master ALTER COLUMN tides_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.tides_master_tides_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: tides_hosts; Type: TABLE; Schema: tides; Owner: -
--

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

--
-- Name: TABLE tides_hosts; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.tides_hosts IS 'One row a galaxy that may be the host of a target, by Lasair''s Sherlock';

--
-- Name: COLUMN tides_hosts.tides_id; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_hosts.tides_id IS 'From the sequence of tides_master: no target has it';

--
-- Name: COLUMN tides_hosts.name; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_hosts.name IS 'Drawn when it is first wanted at 4MOST';

--
-- Name: COLUMN tides_hosts.redshift; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_hosts.redshift IS 'Spectroscopic, by its catalogue';

--
-- Name: COLUMN tides_hosts.mag; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_hosts.mag IS 'By its catalogue, in `band`';

--
-- Name: COLUMN tides_hosts.radius_arcsec; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_hosts.radius_arcsec IS 'Semi-major axis, by its catalogue';

--
-- Name: COLUMN tides_hosts.active; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_hosts.active IS 'Wanted at 4MOST; computed by queue_hosts.sql, a part of deactivate_unobserved.sql, alone';

--
-- Name: target; Type: VIEW; Schema: tides; Owner: -
--

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

--
-- Name: VIEW target; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON VIEW tides.target IS 'All that 4MOST may be told of: transients and host galaxies';

--
-- Name: decision_on_target; Type: VIEW; Schema: tides; Owner: -
--

CREATE VIEW tides.decision_on_target AS
 SELECT operator_decision.tides_id,
    operator_decision.decision_id,
    operator_decision.verb,
    operator_decision.reason,
    operator_decision.by,
    operator_decision.at,
    operator_decision.undone_at,
    operator_decision.undone_by
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
    d.undone_by
   FROM (tides.operator_decision d
     JOIN tides.target m ON ((((m."dec" >= (d."dec" - (d.radius_arcsec / (3600)::double precision))) AND (m."dec" <= (d."dec" + (d.radius_arcsec / (3600)::double precision)))) AND (tides.separation_arcsec(m.ra, m."dec", d.ra, d."dec") <= d.radius_arcsec))))
  WHERE (d.tides_id IS NULL);

--
-- Name: VIEW decision_on_target; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON VIEW tides.decision_on_target IS 'Each decision, the undone ones too, with each target that it is on, by itself or by its place';

--
-- Name: event; Type: TABLE; Schema: tides; Owner: -
--

CREATE TABLE tides.event (
    event_id bigint NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    detail jsonb NOT NULL,
    opened_at timestamp with time zone DEFAULT now() NOT NULL,
    last_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    seen integer DEFAULT 1 NOT NULL,
    closed_at timestamp with time zone
);

--
-- Name: TABLE event; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.event IS 'What an operator should know: gaps, recreated topics, changed logs';

--
-- Name: event_event_id_seq; Type: SEQUENCE; Schema: tides; Owner: -
--

ALTER TABLE tides.event ALTER COLUMN event_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.event_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: fourmost_exchange; Type: TABLE; Schema: tides; Owner: -
--

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

--
-- Name: TABLE fourmost_exchange; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.fourmost_exchange IS 'Every request to 4MOST and every answer, target by target; nothing is changed, and what is older than the settings'' limit goes';

--
-- Name: COLUMN fourmost_exchange.content; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.fourmost_exchange.content IS 'Of a request the fields sent, of an answer the row at 4MOST or its own words; no header and no secret';

--
-- Name: fourmost_exchange_exchange_id_seq; Type: SEQUENCE; Schema: tides; Owner: -
--

ALTER TABLE tides.fourmost_exchange ALTER COLUMN exchange_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.fourmost_exchange_exchange_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: fourmost_key; Type: TABLE; Schema: tides; Owner: -
--

CREATE TABLE tides.fourmost_key (
    pk bigint NOT NULL,
    id integer NOT NULL,
    name text NOT NULL,
    status text NOT NULL,
    learnt_how text NOT NULL,
    learnt_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT fourmost_key_status_check CHECK ((status = ANY (ARRAY['current'::text, 'double'::text, 'deleted'::text, 'foreign'::text])))
);

--
-- Name: TABLE fourmost_key; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.fourmost_key IS 'Every primary key that 4MOST ever gave us';

--
-- Name: fourmost_stray; Type: TABLE; Schema: tides; Owner: -
--

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

--
-- Name: TABLE fourmost_stray; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.fourmost_stray IS 'Rows at 4MOST that bear our prefix and that we do not know: from before a restore, or another bridge''s';

--
-- Name: host_candidate; Type: TABLE; Schema: tides; Owner: -
--

CREATE TABLE tides.host_candidate (
    tides_id integer NOT NULL,
    host_id integer NOT NULL,
    rank integer NOT NULL,
    separation_arcsec double precision NOT NULL,
    CONSTRAINT host_candidate_rank_check CHECK ((rank > 0)),
    CONSTRAINT host_candidate_separation_arcsec_check CHECK ((separation_arcsec >= (0)::double precision))
);

--
-- Name: TABLE host_candidate; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.host_candidate IS 'The galaxies that may be a target''s host; only rank 1 is ever sent to 4MOST';

--
-- Name: lasair_call; Type: TABLE; Schema: tides; Owner: -
--

CREATE TABLE tides.lasair_call (
    token text NOT NULL,
    hour timestamp with time zone NOT NULL,
    calls integer NOT NULL
);

--
-- Name: TABLE lasair_call; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.lasair_call IS 'The quota''s ledger: calls are taken before they are made. token is a digest';

--
-- Name: light_curve; Type: TABLE; Schema: tides; Owner: -
--

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

--
-- Name: TABLE light_curve; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.light_curve IS 'Per lane, survey and object the newest light curve, and what was measured on it';

--
-- Name: COLUMN light_curve.raw; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.light_curve.raw IS 'The bytes as the broker sent them, zlib';

--
-- Name: COLUMN light_curve.alert_hash; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.light_curve.alert_hash IS 'The alert that this light curve was got for';

--
-- Name: COLUMN light_curve.bands; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.light_curve.bands IS 'Band -> newest, current, brightest (jd, mag, err) and limit (jd, mag); NULL until judged';

--
-- Name: name_counter; Type: TABLE; Schema: tides; Owner: -
--

CREATE TABLE tides.name_counter (
    prefix text NOT NULL,
    year integer NOT NULL,
    next integer NOT NULL,
    CONSTRAINT name_counter_next_check CHECK ((next >= 0))
);

--
-- Name: TABLE name_counter; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.name_counter IS 'The next target name of each prefix and UTC year';

--
-- Name: night_seen; Type: TABLE; Schema: tides; Owner: -
--

CREATE TABLE tides.night_seen (
    stream text NOT NULL,
    night integer NOT NULL,
    object_id text NOT NULL
);

--
-- Name: TABLE night_seen; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.night_seen IS 'What survey_night has counted, so that nothing counts twice; of the last nights only';

--
-- Name: observable_next; Type: VIEW; Schema: tides; Owner: -
--

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

--
-- Name: VIEW observable_next; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON VIEW tides.observable_next IS 'Our targets that 4MOST may observe next, once for each visit that may';

--
-- Name: operator_decision_decision_id_seq; Type: SEQUENCE; Schema: tides; Owner: -
--

ALTER TABLE tides.operator_decision ALTER COLUMN decision_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.operator_decision_decision_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: schema_version; Type: TABLE; Schema: tides; Owner: -
--

CREATE TABLE tides.schema_version (
    version_num character varying(32) NOT NULL
);

--
-- Name: selection; Type: TABLE; Schema: tides; Owner: -
--

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
    criteria jsonb NOT NULL,
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
    CONSTRAINT selection_trigger_jd_check CHECK (((trigger_jd >= (0)::double precision) AND (trigger_jd <= ('10000000'::numeric)::double precision)))
);

--
-- Name: TABLE selection; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.selection IS 'Verdicts, by content: the same light curve under the same function is judged once';

--
-- Name: COLUMN selection.selection_epoch_id; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.selection.selection_epoch_id IS 'The newest change of the selection before this verdict';

--
-- Name: COLUMN selection.control; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.selection.control IS 'Passed for the control sample alone: one criterion, the one named, does not hold';

--
-- Name: selection_epoch; Type: TABLE; Schema: tides; Owner: -
--

CREATE TABLE tides.selection_epoch (
    selection_epoch_id bigint NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    content jsonb,
    since timestamp with time zone DEFAULT now() NOT NULL,
    run_id text NOT NULL,
    CONSTRAINT selection_epoch_kind_check CHECK ((kind = ANY (ARRAY['filter'::text, 'function'::text, 'template'::text, 'limits'::text])))
);

--
-- Name: TABLE selection_epoch; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.selection_epoch IS 'Every change of feed filter, function, template or limit, with its date';

--
-- Name: COLUMN selection_epoch.subject; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.selection_epoch.subject IS 'Stream, stream/function, template or the name of the limits';

--
-- Name: COLUMN selection_epoch.content; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.selection_epoch.content IS 'What holds since then; NULL: no longer in use';

--
-- Name: selection_epoch_selection_epoch_id_seq; Type: SEQUENCE; Schema: tides; Owner: -
--

ALTER TABLE tides.selection_epoch ALTER COLUMN selection_epoch_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.selection_epoch_selection_epoch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: selection_selection_id_seq; Type: SEQUENCE; Schema: tides; Owner: -
--

ALTER TABLE tides.selection ALTER COLUMN selection_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.selection_selection_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: stream_audit; Type: TABLE; Schema: tides; Owner: -
--

CREATE TABLE tides.stream_audit (
    stream text NOT NULL,
    audited_until timestamp with time zone NOT NULL
);

--
-- Name: TABLE stream_audit; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.stream_audit IS 'Up to when each stream has been compared with the broker''s database';

--
-- Name: stream_column; Type: TABLE; Schema: tides; Owner: -
--

CREATE TABLE tides.stream_column (
    stream text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    first_seen timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT stream_column_kind_check CHECK ((kind = ANY (ARRAY['number'::text, 'text'::text, 'boolean'::text, 'list'::text, 'object'::text])))
);

--
-- Name: TABLE stream_column; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.stream_column IS 'The columns that a stream''s messages have had, with their JSON type: what drift is measured from';

--
-- Name: stream_offset; Type: TABLE; Schema: tides; Owner: -
--

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

--
-- Name: TABLE stream_offset; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.stream_offset IS 'The true bookmark: written in the same transaction as what was read';

--
-- Name: COLUMN stream_offset.last_hash; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.stream_offset.last_hash IS 'sha256 of the message before next_offset: another one means that the log was changed';

--
-- Name: COLUMN stream_offset.caught_up_at; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.stream_offset.caught_up_at IS 'Until when the partition has been read to its end';

--
-- Name: COLUMN stream_offset.newest_stamp; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.stream_offset.newest_stamp IS 'The newest stamp that the broker gave to a message up to next_offset';

--
-- Name: survey_night; Type: TABLE; Schema: tides; Owner: -
--

CREATE TABLE tides.survey_night (
    stream text NOT NULL,
    night integer NOT NULL,
    objects integer NOT NULL
);

--
-- Name: TABLE survey_night; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.survey_night IS 'How many distinct objects a stream brought whose last detection lies in a night';

--
-- Name: target_band; Type: TABLE; Schema: tides; Owner: -
--

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

--
-- Name: TABLE target_band; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.target_band IS 'Per target, survey and band its magnitudes, each with its own date';

--
-- Name: COLUMN target_band.current_mag; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.target_band.current_mag IS 'Brightest counted detection in the survey''s window before the newest one';

--
-- Name: tides_alias; Type: TABLE; Schema: tides; Owner: -
--

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
    CONSTRAINT tides_alias_dec_check CHECK ((("dec" >= ('-90'::integer)::double precision) AND ("dec" <= (90)::double precision))),
    CONSTRAINT tides_alias_first_jd_check CHECK (((first_jd >= (0)::double precision) AND (first_jd <= ('10000000'::numeric)::double precision))),
    CONSTRAINT tides_alias_last_jd_check CHECK (((last_jd >= (0)::double precision) AND (last_jd <= ('10000000'::numeric)::double precision))),
    CONSTRAINT tides_alias_ra_check CHECK (((ra >= (0)::double precision) AND (ra <= (360)::double precision))),
    CONSTRAINT tides_alias_resumed_jd_check CHECK (((resumed_jd >= (0)::double precision) AND (resumed_jd <= ('10000000'::numeric)::double precision))),
    CONSTRAINT tides_alias_seen_jd_check CHECK (((seen_jd >= (0)::double precision) AND (seen_jd <= ('10000000'::numeric)::double precision)))
)
WITH (fillfactor='80');

--
-- Name: TABLE tides_alias; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.tides_alias IS 'A survey''s object -> the target that it is';

--
-- Name: COLUMN tides_alias.seen_jd; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_alias.seen_jd IS 'Last detection of any kind, by its newest alert: the date of position, class and count';

--
-- Name: COLUMN tides_alias.first_jd; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_alias.first_jd IS 'First counted detection (griz, positive, S/N >= 5) by this survey';

--
-- Name: COLUMN tides_alias.last_jd; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_alias.last_jd IS 'Last counted detection by this survey';

--
-- Name: COLUMN tides_alias.faint; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_alias.faint IS 'Whether this survey sees it as faded: remembered, for the hysteresis';

--
-- Name: COLUMN tides_alias.resumed_jd; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_alias.resumed_jd IS 'First counted detection after the newest long silence';

--
-- Name: tides_context; Type: TABLE; Schema: tides; Owner: -
--

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

--
-- Name: TABLE tides_context; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.tides_context IS 'Per survey object what Sherlock and TNS say of it, by the newest refresh';

--
-- Name: COLUMN tides_context.redshift; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_context.redshift IS 'Of the transient itself, by TNS';

--
-- Name: COLUMN tides_context.host_redshift; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_context.host_redshift IS 'Of its host, by TNS';

--
-- Name: COLUMN tides_context.against; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_context.against IS 'Why it is no supernova, by the newest refresh that had a word; NULL: nothing speaks against it';

--
-- Name: COLUMN tides_context.said_since; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_context.said_since IS 'Since which refresh something, or nothing, speaks against it';

--
-- Name: COLUMN tides_context.reclassified; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_context.reclassified IS 'The same, once two refreshes far enough apart have said so';

--
-- Name: COLUMN tides_context.settled_at; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_context.settled_at IS 'The refresh that made it so';

--
-- Name: tides_history; Type: TABLE; Schema: tides; Owner: -
--

CREATE TABLE tides.tides_history (
    history_id bigint NOT NULL,
    tides_id integer NOT NULL,
    step text NOT NULL,
    reason text NOT NULL,
    by text DEFAULT COALESCE(NULLIF(current_setting('tides.by'::text, true), ''::text), (SESSION_USER)::text) NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT tides_history_step_check CHECK ((step = ANY (ARRAY['selected'::text, 'created'::text, 'ingested'::text, 'deactivated'::text, 'reactivated'::text, 'vetoed'::text, 'forced'::text, 'observed'::text, 'merged'::text])))
);

--
-- Name: TABLE tides_history; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.tides_history IS 'Every step of every target, with the reason in words; append-only';

--
-- Name: COLUMN tides_history.by; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_history.by IS 'The run or the person: the session''s setting tides.by, else its role';

--
-- Name: tides_history_history_id_seq; Type: SEQUENCE; Schema: tides; Owner: -
--

ALTER TABLE tides.tides_history ALTER COLUMN history_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tides.tides_history_history_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: tides_spectrum; Type: TABLE; Schema: tides; Owner: -
--

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

--
-- Name: TABLE tides_spectrum; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.tides_spectrum IS 'Spectra of targets; other programs may write here too (docs/operations.md)';

--
-- Name: COLUMN tides_spectrum.night; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_spectrum.night IS 'Date of the evening at Paranal';

--
-- Name: COLUMN tides_spectrum.snr; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON COLUMN tides.tides_spectrum.snr IS 'Signal to noise, as the source counts it';

--
-- Name: visit_reading; Type: TABLE; Schema: tides; Owner: -
--

CREATE TABLE tides.visit_reading (
    one boolean DEFAULT true NOT NULL,
    read_at timestamp with time zone DEFAULT now() NOT NULL,
    visits integer NOT NULL,
    unreadable integer NOT NULL,
    CONSTRAINT visit_reading_one_check CHECK (one)
);

--
-- Name: TABLE visit_reading; Type: COMMENT; Schema: tides; Owner: -
--

COMMENT ON TABLE tides.visit_reading IS 'One row: when 4MOST''s candidate visits were last read, and how many';

--
-- Data for Name: annotation; Type: TABLE DATA; Schema: tides; Owner: -
--

--
-- Data for Name: bridge_run; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.bridge_run VALUES
	('reconcile-1', 'reconcile', '2026-11-28 23:38:30.158861+00', '2026-11-28 23:38:30.202238+00', NULL, NULL, true, '{"full": true, "rows": 8, "found": {"unknown rows: stray": 1}, "ingested": 7}', 'Read the whole list: 8 rows; 7 targets newly ingested.
- unknown rows: stray: 1', '5d51d8d7c889'),
	('run-1', 'live', '2026-11-28 23:38:30.267666+00', '2026-11-28 23:38:30.275579+00', NULL, NULL, true, '{"held": 0, "live": 2, "sent": 0, "hosts": 1, "failed": [], "forced": 0, "merged": 1, "vetoed": 1, "backlog": {"ztf": {"messages": null, "candidates": 1}, "lsst": {"messages": null, "candidates": 0}}, "control": 0, "drained": [], "refused": 0, "streams": [{"live": 3, "stream": "lsst", "objects": 7, "at_4most": 6, "selected": 7, "unreachable": 0}, {"live": 0, "stream": "ztf", "objects": 1, "at_4most": 0, "selected": 0, "unreachable": 0}], "targets": 7, "unknown": 0, "waiting": 0, "observed": 1, "selected": 7, "broker_lost": 0, "deactivated": 0, "targets_new": 0, "unreachable": 0, "dead_letters": 2, "hosts_wanted": 1, "lasair_calls": 16, "made_the_cut": 0, "reclassified": 0, "verdicts_new": 9, "cannot_be_sent": 0, "missed_the_cut": 0, "visits_read_at": "2026-11-28 23:38", "active_at_4most": 3, "observable_next": 3, "targets_changed": 0, "dead_letters_new": 0, "candidates_waiting": 1, "candidates_with_a_problem": 1}', '# TiDES bridge: live run

Run `run-1`, code 5d51d8d7c889.

## Drained

Nothing.

## Waiting

| stream   | messages   |   candidates |   hours of quota | done at about (UTC)       |
|----------|------------|--------------|------------------|---------------------------|
| lsst     | unknown    |            0 |                0 | unknown: its drain failed |
| ztf      | unknown    |            1 |                0 | unknown: its drain failed |

## By stream

| stream   |   objects |   selected |   live |   unreachable |   at 4most |
|----------|-----------|------------|--------|---------------|------------|
| lsst     |         7 |          7 |      3 |             0 |          6 |
| ztf      |         1 |          0 |      0 |             0 |          0 |

## In all

| what                                             |   number |
|--------------------------------------------------|----------|
| waiting for evaluation                           |        1 |
| set aside, tried again next run                  |        1 |
| verdicts in this run                             |        9 |
| objects selected in this run                     |        7 |
| new targets                                      |        0 |
| changed targets                                  |        0 |
| targets in all                                   |        7 |
| live                                             |        2 |
| of these in a control sample                     |        0 |
| out of reach                                     |        0 |
| reclassified                                     |        0 |
| vetoed                                           |        1 |
| forced                                           |        0 |
| observed                                         |        1 |
| merged into another                              |        1 |
| host galaxies in all                             |        1 |
| host galaxies wanted at 4MOST                    |        1 |
| sent to 4MOST in this run                        |        0 |
| of these deactivated                             |        0 |
| active at 4MOST                                  |        3 |
| waiting for 4MOST                                |        0 |
| held by the guard                                |        0 |
| outcome unknown, looked up after the settle time |        0 |
| refused by 4MOST                                 |        0 |
| live, but cannot be sent                         |        0 |
| objects lost by the broker, found within a day   |        0 |
| ingested by 4MOST since its last cut-off         |        0 |
| live since before that cut-off, and not ingested |        0 |
| dead letters in this run                         |        0 |
| dead letters in all                              |        2 |
| calls to Lasair in this hour                     |       16 |

May be observed next: 3 of our targets, by 4MOST''s candidate visits as of 2026-11-28 23:38 UTC.
', '5d51d8d7c889');

--
-- Data for Name: candidate; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.candidate VALUES
	('live', 'lsst', '170000000000000001', 'lsst', '{"ra": 150.0, "decl": -30.0, "g_psfFlux": 14454.39770745925, "i_psfFlux": 14454.39770745925, "r_psfFlux": 14454.39770745925, "z_psfFlux": null, "diaObjectId": 170000000000000001, "g_latestMJD": 61366.95703125, "i_latestMJD": 61366.95703125, "r_latestMJD": 61366.95703125, "z_latestMJD": null, "latest_psfFlux": 14454.39770745925, "nPosDiaSources": 12, "lastDiaSourceMjdTai": 61366.95876157423, "firstDiaSourceMjdTai": 61363.95676157423, "nPosDiaSourcesNights": 4, "sherlock_classifications": "SN"}', '\xb164a8f21e0332b2a1cbfde6042e34f928699422bd9ce8d24ac9c3d11ad7cec4', '2026-11-22 23:02:00+00', 150, -30, 2461364.4563333336, 2461367.4583333335, 12, 'SN', '{"g": {"jd": 2461367.4566030093, "mag": 21.0}, "i": {"jd": 2461367.4566030093, "mag": 21.0}, "r": {"jd": 2461367.4566030093, "mag": 21.0}}', 1, 'stream', false, '2026-11-28 23:38:28.268201+00', 0, NULL),
	('live', 'lsst', '170000000000000003', 'lsst', '{"ra": 152.0, "decl": -30.0, "g_psfFlux": 14454.39770745925, "i_psfFlux": 14454.39770745925, "r_psfFlux": 14454.39770745925, "z_psfFlux": null, "diaObjectId": 170000000000000003, "g_latestMJD": 61366.95703125, "i_latestMJD": 61366.95703125, "r_latestMJD": 61366.95703125, "z_latestMJD": null, "latest_psfFlux": 14454.39770745925, "nPosDiaSources": 12, "lastDiaSourceMjdTai": 61366.95876157423, "firstDiaSourceMjdTai": 61363.95676157423, "nPosDiaSourcesNights": 4, "sherlock_classifications": "SN"}', '\x75d6f5bcc669e1e435433ced471e42678f03720ad464b0dfe637599b5a333876', '2026-11-22 23:02:00+00', 152, -30, 2461364.4563333336, 2461367.4583333335, 12, 'SN', '{"g": {"jd": 2461367.4566030093, "mag": 21.0}, "i": {"jd": 2461367.4566030093, "mag": 21.0}, "r": {"jd": 2461367.4566030093, "mag": 21.0}}', 1, 'stream', false, '2026-11-28 23:38:28.268201+00', 0, NULL),
	('live', 'lsst', '170000000000000004', 'lsst', '{"ra": 153.0, "decl": -30.0, "g_psfFlux": 14454.39770745925, "i_psfFlux": 14454.39770745925, "r_psfFlux": 14454.39770745925, "z_psfFlux": null, "diaObjectId": 170000000000000004, "g_latestMJD": 61366.95703125, "i_latestMJD": 61366.95703125, "r_latestMJD": 61366.95703125, "z_latestMJD": null, "latest_psfFlux": 14454.39770745925, "nPosDiaSources": 12, "lastDiaSourceMjdTai": 61366.95876157423, "firstDiaSourceMjdTai": 61363.95676157423, "nPosDiaSourcesNights": 4, "sherlock_classifications": "SN"}', '\x4e5ba0c6a2151dfda4fb29bddc2c3b67e2eccd57a11e572ae6bbaa7bb8509303', '2026-11-22 23:02:00+00', 153, -30, 2461364.4563333336, 2461367.4583333335, 12, 'SN', '{"g": {"jd": 2461367.4566030093, "mag": 21.0}, "i": {"jd": 2461367.4566030093, "mag": 21.0}, "r": {"jd": 2461367.4566030093, "mag": 21.0}}', 1, 'stream', false, '2026-11-28 23:38:28.268201+00', 0, NULL),
	('live', 'lsst', '170000000000000005', 'lsst', '{"ra": 154.0, "decl": -30.0, "g_psfFlux": 14454.39770745925, "i_psfFlux": 14454.39770745925, "r_psfFlux": 14454.39770745925, "z_psfFlux": null, "diaObjectId": 170000000000000005, "g_latestMJD": 61366.95703125, "i_latestMJD": 61366.95703125, "r_latestMJD": 61366.95703125, "z_latestMJD": null, "latest_psfFlux": 14454.39770745925, "nPosDiaSources": 12, "lastDiaSourceMjdTai": 61366.95876157423, "firstDiaSourceMjdTai": 61363.95676157423, "nPosDiaSourcesNights": 4, "sherlock_classifications": "SN"}', '\xb5233581db989afe2f2f214d6ba62e8babdce200752481d1f13ac48d86f6f203', '2026-11-22 23:02:00+00', 154, -30, 2461364.4563333336, 2461367.4583333335, 12, 'SN', '{"g": {"jd": 2461367.4566030093, "mag": 21.0}, "i": {"jd": 2461367.4566030093, "mag": 21.0}, "r": {"jd": 2461367.4566030093, "mag": 21.0}}', 1, 'stream', false, '2026-11-28 23:38:28.268201+00', 0, NULL),
	('live', 'lsst', '170000000000000006', 'lsst', '{"ra": 155.0, "decl": -30.0, "g_psfFlux": 14454.39770745925, "i_psfFlux": 14454.39770745925, "r_psfFlux": 14454.39770745925, "z_psfFlux": null, "diaObjectId": 170000000000000006, "g_latestMJD": 61312.95703125, "i_latestMJD": 61312.95703125, "r_latestMJD": 61312.95703125, "z_latestMJD": null, "latest_psfFlux": 14454.39770745925, "nPosDiaSources": 12, "lastDiaSourceMjdTai": 61312.95876157423, "firstDiaSourceMjdTai": 61309.95676157423, "nPosDiaSourcesNights": 4, "sherlock_classifications": "SN"}', '\xff65dbbfb9fd726571de548993aade88c0248257a9ad0a23944bf6a9039a172e', '2026-09-29 23:02:00+00', 155, -30, 2461310.4563333336, 2461313.4583333335, 12, 'SN', '{"g": {"jd": 2461313.4566030093, "mag": 21.0}, "i": {"jd": 2461313.4566030093, "mag": 21.0}, "r": {"jd": 2461313.4566030093, "mag": 21.0}}', 1, 'stream', false, '2026-11-28 23:38:28.268201+00', 0, NULL),
	('live', 'lsst', '170000000000000002', 'lsst', '{"ra": 151.0, "decl": -30.0, "g_psfFlux": 575.4399373371566, "i_psfFlux": 575.4399373371566, "r_psfFlux": 575.4399373371566, "z_psfFlux": null, "diaObjectId": 170000000000000002, "g_latestMJD": 61368.95703125, "i_latestMJD": 61368.95703125, "r_latestMJD": 61368.95703125, "z_latestMJD": null, "latest_psfFlux": 575.4399373371566, "nPosDiaSources": 12, "lastDiaSourceMjdTai": 61368.95876157423, "firstDiaSourceMjdTai": 61365.95676157423, "nPosDiaSourcesNights": 4, "sherlock_classifications": "SN"}', '\xd14e18683d60e7db43acee61eab2d92a20fe2ea9daca3cf989fccbdefae7ea93', '2026-11-24 23:02:00+00', 151, -30, 2461366.4563333336, 2461369.4583333335, 12, 'SN', '{"g": {"jd": 2461369.4566030093, "mag": 24.5}, "i": {"jd": 2461369.4566030093, "mag": 24.5}, "r": {"jd": 2461369.4566030093, "mag": 24.5}}', 2, 'stream', false, '2026-11-28 23:38:29.266853+00', 0, NULL),
	('live', 'lsst', '170000000000000007', 'lsst', '{"ra": 150.0, "decl": -29.999861111111112, "g_psfFlux": 14454.39770745925, "i_psfFlux": 14454.39770745925, "r_psfFlux": 14454.39770745925, "z_psfFlux": null, "diaObjectId": 170000000000000007, "g_latestMJD": 61369.95703125, "i_latestMJD": 61369.95703125, "r_latestMJD": 61369.95703125, "z_latestMJD": null, "latest_psfFlux": 14454.39770745925, "nPosDiaSources": 12, "lastDiaSourceMjdTai": 61369.95876157423, "firstDiaSourceMjdTai": 61366.95676157423, "nPosDiaSourcesNights": 4, "sherlock_classifications": "SN"}', '\x0fcd618757b640baca12591a2bf3299b1c6314ec5c1897fa0154344a94897e55', '2026-11-25 23:02:00+00', 150, -29.999861111111112, 2461367.4563333336, 2461370.4583333335, 12, 'SN', '{"g": {"jd": 2461370.4566030093, "mag": 21.0}, "i": {"jd": 2461370.4566030093, "mag": 21.0}, "r": {"jd": 2461370.4566030093, "mag": 21.0}}', 2, 'stream', false, '2026-11-28 23:38:29.266853+00', 0, NULL),
	('live', 'ztf', 'ZTF26aaaaaaa', 'ztf', '{"gmag": 19.3, "rmag": 19.1, "jdmax": 2461371.4583333335, "jdmin": 2461361.4583333335, "jdgmax": 2461371.4583333335, "jdrmax": 2461371.4583333335, "ramean": 150.0, "decmean": -20.0, "maggmin": 19.2, "magrmin": 19.0, "ncandgp": 8, "objectId": "ZTF26aaaaaaa", "classification": "SN"}', '\xd9343a3c1f6cd79301a8dfc2cdfe65e17530dd4954e069c679533f2def45059a', '2026-11-26 23:00:00+00', 150, -20, 2461361.4583333335, 2461371.4583333335, 8, 'SN', '{"g": {"jd": 2461371.4583333335, "mag": 19.3, "brightest": 19.2}, "r": {"jd": 2461371.4583333335, "mag": 19.1, "brightest": 19.0}}', 1, 'stream', true, '2026-11-28 23:38:29.406242+00', 2, 'Lasair does not know this object (its database can lag the message by minutes)');

--
-- Data for Name: candidate_visit; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.candidate_visit VALUES
	(0, '1000', '500', 150, -29.499861111111112, NULL, '{"pa": 0.0, "ra": 150.0, "dec": -29.499861111111112, "tile_id": 500, "visit_id": 1000}', '2026-11-28 23:38:30.214297+00'),
	(1, '1001', '501', 154, -29.5, NULL, '{"pa": 0.0, "ra": 154.0, "dec": -29.5, "tile_id": 501, "visit_id": 1001}', '2026-11-28 23:38:30.214297+00'),
	(2, '1002', '502', 10, -29.499861111111112, NULL, '{"pa": 0.0, "ra": 10.0, "dec": -29.499861111111112, "tile_id": 502, "visit_id": 1002}', '2026-11-28 23:38:30.214297+00'),
	(3, '1003', '500', 150, -29.499861111111112, NULL, '{"pa": 0.0, "ra": 150.0, "dec": -29.499861111111112, "targets": [1], "tile_id": 500, "visit_id": 1003}', '2026-11-28 23:38:30.214297+00');

--
-- Data for Name: candidate_visit_target; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.candidate_visit_target VALUES
	(1, 8),
	(1, 5),
	(3, 1),
	(0, 1);

--
-- Data for Name: dead_letter; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.dead_letter OVERRIDING SYSTEM VALUE VALUES
	(1, 'live', 'lsst', 'message', 'U4DBa4W5R7mxXSYKIUJqfg', 0, 7, NULL, '\x6e6f74206a736f6e', 'not JSON', '2026-11-28 23:38:28.268201+00'),
	(2, 'live', 'lsst', 'message', 'U4DBa4W5R7mxXSYKIUJqfg', 0, 8, NULL, '\x7b227261223a20317d', 'no diaObjectId', '2026-11-28 23:38:28.268201+00');

--
-- Data for Name: event; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.event OVERRIDING SYSTEM VALUE VALUES
	(1, 'unknown row at 4MOST', 'TiDES26xyz', '{"pk": 8, "date_submitted": "2026-11-29T00:38:29.814166+01:00"}', '2026-11-28 23:38:30.197545+00', '2026-11-28 23:38:30.197545+00', 1, NULL);

--
-- Data for Name: fourmost_exchange; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.fourmost_exchange OVERRIDING SYSTEM VALUE VALUES
	(1, '2026-11-28 23:38:29.033295+00', 'run-1', 1, 'TiDES26aaa', 'create', 'request', NULL, '{"ra": 150.0, "dec": -30.0, "mag": 21.0, "name": "TiDES26aaa", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}'),
	(2, '2026-11-28 23:38:29.033464+00', 'run-1', 2, 'TiDES26aab', 'create', 'request', NULL, '{"ra": 151.0, "dec": -30.0, "mag": 21.0, "name": "TiDES26aab", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}'),
	(3, '2026-11-28 23:38:29.033472+00', 'run-1', 3, 'TiDES26aac', 'create', 'request', NULL, '{"ra": 152.0, "dec": -30.0, "mag": 21.0, "name": "TiDES26aac", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}'),
	(4, '2026-11-28 23:38:29.033475+00', 'run-1', 4, 'TiDES26aad', 'create', 'request', NULL, '{"ra": 153.0, "dec": -30.0, "mag": 21.0, "name": "TiDES26aad", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}'),
	(5, '2026-11-28 23:38:29.033477+00', 'run-1', 5, 'TiDES26aae', 'create', 'request', NULL, '{"ra": 154.0, "dec": -30.0, "mag": 21.0, "name": "TiDES26aae", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}'),
	(6, '2026-11-28 23:38:29.033482+00', 'run-1', 7, 'TiDES26aag', 'create', 'request', NULL, '{"ra": 150.0, "dec": -29.999583333333334, "mag": 21.0, "name": "TiDES26aag", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}'),
	(7, '2026-11-28 23:38:29.046502+00', 'run-1', 1, 'TiDES26aaa', 'create', 'answer', 'stored', '{"id": 1, "ra": 150.0, "dec": -30.0, "mag": 21.0, "name": "TiDES26aaa", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "ostd_targ_id": null, "cal_mag_green": 0.0, "date_earliest": 0.0, "date_ingested": null, "date_modified": "2026-11-29T00:38:29.041211+01:00", "ostd_u_obj_id": null, "cal_mag_id_red": "", "classification": "TRA", "date_submitted": "2026-11-29T00:38:29.041183+01:00", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}'),
	(8, '2026-11-28 23:38:29.050441+00', 'run-1', 2, 'TiDES26aab', 'create', 'answer', 'stored', '{"id": 2, "ra": 151.0, "dec": -30.0, "mag": 21.0, "name": "TiDES26aab", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "ostd_targ_id": null, "cal_mag_green": 0.0, "date_earliest": 0.0, "date_ingested": null, "date_modified": "2026-11-29T00:38:29.041650+01:00", "ostd_u_obj_id": null, "cal_mag_id_red": "", "classification": "TRA", "date_submitted": "2026-11-29T00:38:29.041638+01:00", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}'),
	(9, '2026-11-28 23:38:29.052487+00', 'run-1', 3, 'TiDES26aac', 'create', 'answer', 'stored', '{"id": 3, "ra": 152.0, "dec": -30.0, "mag": 21.0, "name": "TiDES26aac", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "ostd_targ_id": null, "cal_mag_green": 0.0, "date_earliest": 0.0, "date_ingested": null, "date_modified": "2026-11-29T00:38:29.042012+01:00", "ostd_u_obj_id": null, "cal_mag_id_red": "", "classification": "TRA", "date_submitted": "2026-11-29T00:38:29.042001+01:00", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}'),
	(10, '2026-11-28 23:38:29.052863+00', 'run-1', 4, 'TiDES26aad', 'create', 'answer', 'stored', '{"id": 4, "ra": 153.0, "dec": -30.0, "mag": 21.0, "name": "TiDES26aad", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "ostd_targ_id": null, "cal_mag_green": 0.0, "date_earliest": 0.0, "date_ingested": null, "date_modified": "2026-11-29T00:38:29.042289+01:00", "ostd_u_obj_id": null, "cal_mag_id_red": "", "classification": "TRA", "date_submitted": "2026-11-29T00:38:29.042280+01:00", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}'),
	(11, '2026-11-28 23:38:29.053308+00', 'run-1', 5, 'TiDES26aae', 'create', 'answer', 'stored', '{"id": 5, "ra": 154.0, "dec": -30.0, "mag": 21.0, "name": "TiDES26aae", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "ostd_targ_id": null, "cal_mag_green": 0.0, "date_earliest": 0.0, "date_ingested": null, "date_modified": "2026-11-29T00:38:29.042550+01:00", "ostd_u_obj_id": null, "cal_mag_id_red": "", "classification": "TRA", "date_submitted": "2026-11-29T00:38:29.042542+01:00", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}'),
	(18, '2026-11-28 23:38:29.704656+00', 'run-1', 4, 'TiDES26aad', 'change', 'request', NULL, '{"ra": 153.0, "dec": -30.0, "mag": 21.0, "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": false, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0}'),
	(12, '2026-11-28 23:38:29.053638+00', 'run-1', 7, 'TiDES26aag', 'create', 'answer', 'stored', '{"id": 6, "ra": 150.0, "dec": -29.999583333333334, "mag": 21.0, "name": "TiDES26aag", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "ostd_targ_id": null, "cal_mag_green": 0.0, "date_earliest": 0.0, "date_ingested": null, "date_modified": "2026-11-29T00:38:29.042805+01:00", "ostd_u_obj_id": null, "cal_mag_id_red": "", "classification": "TRA", "date_submitted": "2026-11-29T00:38:29.042797+01:00", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}'),
	(13, '2026-11-28 23:38:29.668667+00', 'run-1', 8, 'TiDES-H26aaa', 'create', 'request', NULL, '{"ra": 155.0, "dec": -29.999777777777776, "mag": 18.31, "name": "TiDES-H26aaa", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 0, "mag_err": 0.03, "ruleset": "tides_hostsMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "SDSS_r_AB", "parallax": 0.0, "template": "tides_hostsMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-host", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 0.0, "extent_flag": 2, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 1.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "GAL", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 4.5, "cal_mag_err_green": 0.0, "redshift_estimate": 0.0612, "template_redshift": 0.0, "uploadedfor_survey_id": 15}'),
	(14, '2026-11-28 23:38:29.681592+00', 'run-1', 8, 'TiDES-H26aaa', 'create', 'answer', 'stored', '{"id": 7, "ra": 155.0, "dec": -29.999777777777776, "mag": 18.31, "name": "TiDES-H26aaa", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 0, "mag_err": 0.03, "ruleset": "tides_hostsMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "SDSS_r_AB", "parallax": 0.0, "template": "tides_hostsMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-host", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 0.0, "extent_flag": 2, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 1.0, "ostd_targ_id": null, "cal_mag_green": 0.0, "date_earliest": 0.0, "date_ingested": null, "date_modified": "2026-11-29T00:38:29.675595+01:00", "ostd_u_obj_id": null, "cal_mag_id_red": "", "classification": "GAL", "date_submitted": "2026-11-29T00:38:29.675568+01:00", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 4.5, "cal_mag_err_green": 0.0, "redshift_estimate": 0.0612, "template_redshift": 0.0, "uploadedfor_survey_id": 15}'),
	(15, '2026-11-28 23:38:29.704615+00', 'run-1', 1, 'TiDES26aaa', 'change', 'request', NULL, '{"ra": 150.0, "dec": -29.999861111111112, "mag": 21.0, "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0}'),
	(16, '2026-11-28 23:38:29.70465+00', 'run-1', 2, 'TiDES26aab', 'change', 'request', NULL, '{"ra": 151.0, "dec": -30.0, "mag": 21.0, "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": false, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0}'),
	(17, '2026-11-28 23:38:29.704653+00', 'run-1', 3, 'TiDES26aac', 'change', 'request', NULL, '{"ra": 152.0, "dec": -30.0, "mag": 21.0, "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": false, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0}'),
	(19, '2026-11-28 23:38:29.704661+00', 'run-1', 7, 'TiDES26aag', 'change', 'request', NULL, '{"ra": 150.0, "dec": -29.999583333333334, "mag": 21.0, "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": false, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0}'),
	(20, '2026-11-28 23:38:29.747238+00', 'run-1', 1, 'TiDES26aaa', 'change', 'answer', 'stored', '{"id": 1, "ra": 150.0, "dec": -29.999861111111112, "mag": 21.0, "name": "TiDES26aaa", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "ostd_targ_id": null, "cal_mag_green": 0.0, "date_earliest": 0.0, "date_ingested": null, "date_modified": "2026-11-29T00:38:29.718936+01:00", "ostd_u_obj_id": null, "cal_mag_id_red": "", "classification": "TRA", "date_submitted": "2026-11-29T00:38:29.041183+01:00", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}');
INSERT INTO tides.fourmost_exchange OVERRIDING SYSTEM VALUE VALUES
	(21, '2026-11-28 23:38:29.749288+00', 'run-1', 2, 'TiDES26aab', 'change', 'answer', 'stored', '{"id": 2, "ra": 151.0, "dec": -30.0, "mag": 21.0, "name": "TiDES26aab", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": false, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "ostd_targ_id": null, "cal_mag_green": 0.0, "date_earliest": 0.0, "date_ingested": null, "date_modified": "2026-11-29T00:38:29.745051+01:00", "ostd_u_obj_id": null, "cal_mag_id_red": "", "classification": "TRA", "date_submitted": "2026-11-29T00:38:29.041638+01:00", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}'),
	(22, '2026-11-28 23:38:29.756065+00', 'run-1', 4, 'TiDES26aad', 'change', 'answer', 'stored', '{"id": 4, "ra": 153.0, "dec": -30.0, "mag": 21.0, "name": "TiDES26aad", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": false, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "ostd_targ_id": null, "cal_mag_green": 0.0, "date_earliest": 0.0, "date_ingested": null, "date_modified": "2026-11-29T00:38:29.753532+01:00", "ostd_u_obj_id": null, "cal_mag_id_red": "", "classification": "TRA", "date_submitted": "2026-11-29T00:38:29.042280+01:00", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}'),
	(23, '2026-11-28 23:38:29.764975+00', 'run-1', 7, 'TiDES26aag', 'change', 'answer', 'stored', '{"id": 6, "ra": 150.0, "dec": -29.999583333333334, "mag": 21.0, "name": "TiDES26aag", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": false, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "ostd_targ_id": null, "cal_mag_green": 0.0, "date_earliest": 0.0, "date_ingested": null, "date_modified": "2026-11-29T00:38:29.762468+01:00", "ostd_u_obj_id": null, "cal_mag_id_red": "", "classification": "TRA", "date_submitted": "2026-11-29T00:38:29.042797+01:00", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}'),
	(24, '2026-11-28 23:38:29.778172+00', 'run-1', 3, 'TiDES26aac', 'change', 'answer', 'stored', '{"id": 3, "ra": 152.0, "dec": -30.0, "mag": 21.0, "name": "TiDES26aac", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": false, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "ostd_targ_id": null, "cal_mag_green": 0.0, "date_earliest": 0.0, "date_ingested": null, "date_modified": "2026-11-29T00:38:29.775460+01:00", "ostd_u_obj_id": null, "cal_mag_id_red": "", "classification": "TRA", "date_submitted": "2026-11-29T00:38:29.042001+01:00", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}');

--
-- Data for Name: fourmost_key; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.fourmost_key VALUES
	(1, 1, 'TiDES26aaa', 'current', 'create', '2026-11-28 23:38:29.045749+00'),
	(2, 2, 'TiDES26aab', 'current', 'create', '2026-11-28 23:38:29.045749+00'),
	(3, 3, 'TiDES26aac', 'current', 'create', '2026-11-28 23:38:29.045749+00'),
	(4, 4, 'TiDES26aad', 'current', 'create', '2026-11-28 23:38:29.045749+00'),
	(5, 5, 'TiDES26aae', 'current', 'create', '2026-11-28 23:38:29.045749+00'),
	(6, 7, 'TiDES26aag', 'current', 'create', '2026-11-28 23:38:29.045749+00'),
	(7, 8, 'TiDES-H26aaa', 'current', 'create', '2026-11-28 23:38:29.679615+00');

--
-- Data for Name: fourmost_stray; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.fourmost_stray VALUES
	(8, 'TiDES26xyz', 15, 10, -29.999861111111112, '2026-11-28 23:38:29.814166+00', '2026-11-28 23:38:30.197545+00');

--
-- Data for Name: fourmost_target; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.fourmost_target VALUES
	(1, 'TiDES26aaa', 'live', '{"ra": 150.0, "dec": -29.999861111111112, "mag": 21.0, "name": "TiDES26aaa", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}', NULL, '{"ra": 150.0, "dec": -29.999861111111112, "mag": 21.0, "name": "TiDES26aaa", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}', '2026-11-28 23:38:29.746772+00', NULL, NULL, 0, NULL, NULL, 2461493.48506, '2026-11-28 23:38:29.795983+00', NULL, NULL, NULL, NULL, NULL),
	(3, 'TiDES26aac', 'inactive', '{"ra": 152.0, "dec": -30.0, "mag": 21.0, "name": "TiDES26aac", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": false, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}', NULL, '{"ra": 152.0, "dec": -30.0, "mag": 21.0, "name": "TiDES26aac", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": false, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}', '2026-11-28 23:38:29.77778+00', NULL, NULL, 0, NULL, NULL, 2461493.48506, '2026-11-28 23:38:29.79599+00', NULL, NULL, NULL, NULL, NULL),
	(4, 'TiDES26aad', 'inactive', '{"ra": 153.0, "dec": -30.0, "mag": 21.0, "name": "TiDES26aad", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": false, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}', NULL, '{"ra": 153.0, "dec": -30.0, "mag": 21.0, "name": "TiDES26aad", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": false, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}', '2026-11-28 23:38:29.755668+00', NULL, NULL, 0, NULL, NULL, 2461493.48506, '2026-11-28 23:38:29.795991+00', NULL, NULL, NULL, NULL, NULL),
	(5, 'TiDES26aae', 'live', '{"ra": 154.0, "dec": -30.0, "mag": 21.0, "name": "TiDES26aae", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}', NULL, '{"ra": 154.0, "dec": -30.0, "mag": 21.0, "name": "TiDES26aae", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}', '2026-11-28 23:38:29.045749+00', NULL, NULL, 0, NULL, NULL, 2461493.48506, '2026-11-28 23:38:29.795992+00', NULL, NULL, NULL, NULL, NULL),
	(2, 'TiDES26aab', 'inactive', '{"ra": 151.0, "dec": -30.0, "mag": 21.0, "name": "TiDES26aab", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": false, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}', NULL, '{"ra": 151.0, "dec": -30.0, "mag": 21.0, "name": "TiDES26aab", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": false, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}', '2026-11-28 23:38:29.748832+00', NULL, NULL, 0, NULL, NULL, 2461493.48506, '2026-11-28 23:38:29.795989+00', NULL, NULL, NULL, NULL, NULL),
	(8, 'TiDES-H26aaa', 'live', '{"ra": 155.0, "dec": -29.999777777777776, "mag": 18.31, "name": "TiDES-H26aaa", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 0, "mag_err": 0.03, "ruleset": "tides_hostsMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "SDSS_r_AB", "parallax": 0.0, "template": "tides_hostsMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-host", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 0.0, "extent_flag": 2, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 1.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "GAL", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 4.5, "cal_mag_err_green": 0.0, "redshift_estimate": 0.0612, "template_redshift": 0.0, "uploadedfor_survey_id": 15}', NULL, '{"ra": 155.0, "dec": -29.999777777777776, "mag": 18.31, "name": "TiDES-H26aaa", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 0, "mag_err": 0.03, "ruleset": "tides_hostsMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "SDSS_r_AB", "parallax": 0.0, "template": "tides_hostsMay2024", "is_active": true, "reddening": 0.0, "subsurvey": "tides-host", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 0.0, "extent_flag": 2, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 1.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "GAL", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 4.5, "cal_mag_err_green": 0.0, "redshift_estimate": 0.0612, "template_redshift": 0.0, "uploadedfor_survey_id": 15}', '2026-11-28 23:38:29.679615+00', NULL, NULL, 0, NULL, NULL, 0, '2026-11-28 23:38:29.795993+00', NULL, NULL, NULL, NULL, NULL),
	(7, 'TiDES26aag', 'inactive', '{"ra": 150.0, "dec": -29.999583333333334, "mag": 21.0, "name": "TiDES26aag", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": false, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}', NULL, '{"ra": 150.0, "dec": -29.999583333333334, "mag": 21.0, "name": "TiDES26aag", "pmra": 0.0, "epoch": 2000.0, "pmdec": 0.0, "cadence": 1048576, "mag_err": 0.0217, "ruleset": "tides_snMay2024", "t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "mag_type": "LSST_r_AB", "parallax": 0.0, "template": "tides_snMay2024", "is_active": false, "reddening": 0.0, "subsurvey": "tides-sn", "resolution": 1, "cal_mag_red": 0.0, "date_latest": 2461493.48506, "extent_flag": 0, "cal_mag_blue": 0.0, "completeness": 0.0, "extent_index": 0.0, "cal_mag_green": 0.0, "date_earliest": 0.0, "cal_mag_id_red": "", "classification": "TRA", "redshift_error": 0.0, "cal_mag_err_red": 0.0, "cal_mag_id_blue": "", "cal_mag_err_blue": 0.0, "cal_mag_id_green": "", "extent_parameter": 0.0, "cal_mag_err_green": 0.0, "redshift_estimate": 0.1, "template_redshift": 0.0, "uploadedfor_survey_id": 15}', '2026-11-28 23:38:29.764549+00', NULL, NULL, 0, NULL, NULL, 2461493.48506, '2026-11-28 23:38:29.795992+00', NULL, NULL, NULL, NULL, NULL);

--
-- Data for Name: host_candidate; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.host_candidate VALUES
	(6, 8, 1, 0.8);

--
-- Data for Name: lasair_call; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.lasair_call VALUES
	('fa78b15cb8b09f61', '2026-11-28 23:00:00+00', 16);

--
-- Data for Name: light_curve; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.light_curve VALUES
	('live', 'lsst', '170000000000000001', '\x7801cd953d0f82301445ff0ae96c08857e50779974d2cd30148be619045220d110febbaf838b61719032bede3b9ce424bd2331a08fcd602f65b787ae27dbe03c92b6bb66d5f0c48332c65998282923c9b88af926f8a43b6bb110a72a8c52a938a34cd1d4e50f306d03757fb89b9306ec089a8824545c4841b9647182a542d70623722378d8b2025d4005fd0bdfa2504d9be06f147286c22e4e91ce50c0a2146c15461c857f238ec2bf11be0a238ec2bf1147e1df8858851147e1df88a3f8c1488eff3a6e4bd6e0b498af85c9a7378593bf81', '\xde0fe2c2b66023ee7f183e92f627ffd7a55fecff1403af744ad66e5c93878916', 'message', '\xb164a8f21e0332b2a1cbfde6042e34f928699422bd9ce8d24ac9c3d11ad7cec4', '2026-11-28 23:38:28.268201+00', 12, 4, 2461364.4563333336, 2461367.4583333335, '{"g": {"limit": null, "forced": null, "newest": {"jd": 2461367.4563333336, "err": 0.021714724095162587, "mag": 21.0}, "current": {"jd": 2461364.4563333336, "err": 0.021714724095162587, "mag": 21.0}, "brightest": {"jd": 2461364.4563333336, "err": 0.021714724095162587, "mag": 21.0}}, "i": {"limit": null, "forced": null, "newest": {"jd": 2461367.4583333335, "err": 0.021714724095162587, "mag": 21.0}, "current": {"jd": 2461364.4583333335, "err": 0.021714724095162587, "mag": 21.0}, "brightest": {"jd": 2461364.4583333335, "err": 0.021714724095162587, "mag": 21.0}}, "r": {"limit": null, "forced": null, "newest": {"jd": 2461367.4573333333, "err": 0.021714724095162587, "mag": 21.0}, "current": {"jd": 2461364.4573333333, "err": 0.021714724095162587, "mag": 21.0}, "brightest": {"jd": 2461364.4573333333, "err": 0.021714724095162587, "mag": 21.0}}}', NULL),
	('live', 'lsst', '170000000000000002', '\x7801cd95b10e823010865f8574368452daa3ee32e9a49b61008be60c0229906808efee7570312c0e6ac7bbfb872ff992fb2766b0d8b7a33d55fd16fb81ad83e3c4bafe9cd5e39d0609324c84d60284002e955a05afebc65a0a701eca28059d42a220115cc494b8a1e95a6c86ddd51c0aa494e242c9504b058a4b486241a1b2680c9dd885d160ab1a8b126b1c1eb48b423daf822f72c00287fd0347bac0813fe6509e78711c3e78711c3e78014fbc380e1fbc380e1fbca49e78711c3e78711c1f78c9e9db53e7642d558e796b9e7c7e02ea73c43d', '\xd49e11230d4a140a657ebabd861dfde2e6c2ebcfbad56de8d0914f4ee1310341', 'message', '\xd14e18683d60e7db43acee61eab2d92a20fe2ea9daca3cf989fccbdefae7ea93', '2026-11-28 23:38:29.266853+00', 12, 4, 2461366.4563333336, 2461369.4583333335, '{"g": {"limit": null, "forced": null, "newest": {"jd": 2461369.4563333336, "err": 0.021714724095162587, "mag": 24.5}, "current": {"jd": 2461366.4563333336, "err": 0.021714724095162587, "mag": 24.5}, "brightest": {"jd": 2461366.4563333336, "err": 0.021714724095162587, "mag": 24.5}}, "i": {"limit": null, "forced": null, "newest": {"jd": 2461369.4583333335, "err": 0.021714724095162587, "mag": 24.5}, "current": {"jd": 2461366.4583333335, "err": 0.021714724095162587, "mag": 24.5}, "brightest": {"jd": 2461366.4583333335, "err": 0.021714724095162587, "mag": 24.5}}, "r": {"limit": null, "forced": null, "newest": {"jd": 2461369.4573333333, "err": 0.021714724095162587, "mag": 24.5}, "current": {"jd": 2461366.4573333333, "err": 0.021714724095162587, "mag": 24.5}, "brightest": {"jd": 2461366.4573333333, "err": 0.021714724095162587, "mag": 24.5}}}', NULL),
	('live', 'lsst', '170000000000000003', '\x7801cd953d0f82301445ff0ae96c08857e50779974d2cd30148be619045220d110febbaf838b61719032bede3b9ce424bd2331a08fcd602f65b787ae27dbe03c92b6bb66d5f0c48332c65998282923c9b88af926f8a43b6bb110a72a8c52a938a34cd1d4e50f306d03757fb89b9306ec089a8824545c4841b9647182a542d70623722378d8b2025d4005fd0bdfa2504d9be06f147286c22e4e91ce50c0a2146c15461c857f238ec2bf11be0a238ec2bf1147e1df8858851147e1df88a3f8c1488eff3a6e4bd6e0b498af85c9a7378593bf81', '\xde0fe2c2b66023ee7f183e92f627ffd7a55fecff1403af744ad66e5c93878916', 'message', '\x75d6f5bcc669e1e435433ced471e42678f03720ad464b0dfe637599b5a333876', '2026-11-28 23:38:28.268201+00', 12, 4, 2461364.4563333336, 2461367.4583333335, '{"g": {"limit": null, "forced": null, "newest": {"jd": 2461367.4563333336, "err": 0.021714724095162587, "mag": 21.0}, "current": {"jd": 2461364.4563333336, "err": 0.021714724095162587, "mag": 21.0}, "brightest": {"jd": 2461364.4563333336, "err": 0.021714724095162587, "mag": 21.0}}, "i": {"limit": null, "forced": null, "newest": {"jd": 2461367.4583333335, "err": 0.021714724095162587, "mag": 21.0}, "current": {"jd": 2461364.4583333335, "err": 0.021714724095162587, "mag": 21.0}, "brightest": {"jd": 2461364.4583333335, "err": 0.021714724095162587, "mag": 21.0}}, "r": {"limit": null, "forced": null, "newest": {"jd": 2461367.4573333333, "err": 0.021714724095162587, "mag": 21.0}, "current": {"jd": 2461364.4573333333, "err": 0.021714724095162587, "mag": 21.0}, "brightest": {"jd": 2461364.4573333333, "err": 0.021714724095162587, "mag": 21.0}}}', NULL),
	('live', 'lsst', '170000000000000004', '\x7801cd953d0f82301445ff0ae96c08857e50779974d2cd30148be619045220d110febbaf838b61719032bede3b9ce424bd2331a08fcd602f65b787ae27dbe03c92b6bb66d5f0c48332c65998282923c9b88af926f8a43b6bb110a72a8c52a938a34cd1d4e50f306d03757fb89b9306ec089a8824545c4841b9647182a542d70623722378d8b2025d4005fd0bdfa2504d9be06f147286c22e4e91ce50c0a2146c15461c857f238ec2bf11be0a238ec2bf1147e1df8858851147e1df88a3f8c1488eff3a6e4bd6e0b498af85c9a7378593bf81', '\xde0fe2c2b66023ee7f183e92f627ffd7a55fecff1403af744ad66e5c93878916', 'message', '\x4e5ba0c6a2151dfda4fb29bddc2c3b67e2eccd57a11e572ae6bbaa7bb8509303', '2026-11-28 23:38:28.268201+00', 12, 4, 2461364.4563333336, 2461367.4583333335, '{"g": {"limit": null, "forced": null, "newest": {"jd": 2461367.4563333336, "err": 0.021714724095162587, "mag": 21.0}, "current": {"jd": 2461364.4563333336, "err": 0.021714724095162587, "mag": 21.0}, "brightest": {"jd": 2461364.4563333336, "err": 0.021714724095162587, "mag": 21.0}}, "i": {"limit": null, "forced": null, "newest": {"jd": 2461367.4583333335, "err": 0.021714724095162587, "mag": 21.0}, "current": {"jd": 2461364.4583333335, "err": 0.021714724095162587, "mag": 21.0}, "brightest": {"jd": 2461364.4583333335, "err": 0.021714724095162587, "mag": 21.0}}, "r": {"limit": null, "forced": null, "newest": {"jd": 2461367.4573333333, "err": 0.021714724095162587, "mag": 21.0}, "current": {"jd": 2461364.4573333333, "err": 0.021714724095162587, "mag": 21.0}, "brightest": {"jd": 2461364.4573333333, "err": 0.021714724095162587, "mag": 21.0}}}', NULL),
	('live', 'lsst', '170000000000000005', '\x7801cd953d0f82301445ff0ae96c08857e50779974d2cd30148be619045220d110febbaf838b61719032bede3b9ce424bd2331a08fcd602f65b787ae27dbe03c92b6bb66d5f0c48332c65998282923c9b88af926f8a43b6bb110a72a8c52a938a34cd1d4e50f306d03757fb89b9306ec089a8824545c4841b9647182a542d70623722378d8b2025d4005fd0bdfa2504d9be06f147286c22e4e91ce50c0a2146c15461c857f238ec2bf11be0a238ec2bf1147e1df8858851147e1df88a3f8c1488eff3a6e4bd6e0b498af85c9a7378593bf81', '\xde0fe2c2b66023ee7f183e92f627ffd7a55fecff1403af744ad66e5c93878916', 'message', '\xb5233581db989afe2f2f214d6ba62e8babdce200752481d1f13ac48d86f6f203', '2026-11-28 23:38:28.268201+00', 12, 4, 2461364.4563333336, 2461367.4583333335, '{"g": {"limit": null, "forced": null, "newest": {"jd": 2461367.4563333336, "err": 0.021714724095162587, "mag": 21.0}, "current": {"jd": 2461364.4563333336, "err": 0.021714724095162587, "mag": 21.0}, "brightest": {"jd": 2461364.4563333336, "err": 0.021714724095162587, "mag": 21.0}}, "i": {"limit": null, "forced": null, "newest": {"jd": 2461367.4583333335, "err": 0.021714724095162587, "mag": 21.0}, "current": {"jd": 2461364.4583333335, "err": 0.021714724095162587, "mag": 21.0}, "brightest": {"jd": 2461364.4583333335, "err": 0.021714724095162587, "mag": 21.0}}, "r": {"limit": null, "forced": null, "newest": {"jd": 2461367.4573333333, "err": 0.021714724095162587, "mag": 21.0}, "current": {"jd": 2461364.4573333333, "err": 0.021714724095162587, "mag": 21.0}, "brightest": {"jd": 2461364.4573333333, "err": 0.021714724095162587, "mag": 21.0}}}', NULL),
	('live', 'lsst', '170000000000000006', '\x7801cd95b10e823010865f8574360d859652779974d2cd3080457306811448348477f74ae262581ca48cd7ff862ffd92fb07a2213bd6bdb914ed1eda8e6cbdf3409af69a94fd1307c6b9e0345452fa920b15888df74977c6e042102beac75209ceb862b1cd1fa09b1aaaee70d7a70c702762a1afa812918c98903c087129cf2a8d11b9111c4c5142964309dd0bdf7caac68df7370a39436116a788672860490a86dfecdec844e1dcc844e1de085b85114be1de88a5706f245885114be1de88a5f8c1488a771dbb25a9b15af457c3a4e31bc350bf30', '\x6319645b857e22dcf4099d381719a06bfee9ca230c378a37d454b7a3338c0959', 'message', '\xff65dbbfb9fd726571de548993aade88c0248257a9ad0a23944bf6a9039a172e', '2026-11-28 23:38:28.268201+00', 12, 4, 2461310.4563333336, 2461313.4583333335, '{"g": {"limit": null, "forced": null, "newest": {"jd": 2461313.4563333336, "err": 0.021714724095162587, "mag": 21.0}, "current": {"jd": 2461310.4563333336, "err": 0.021714724095162587, "mag": 21.0}, "brightest": {"jd": 2461310.4563333336, "err": 0.021714724095162587, "mag": 21.0}}, "i": {"limit": null, "forced": null, "newest": {"jd": 2461313.4583333335, "err": 0.021714724095162587, "mag": 21.0}, "current": {"jd": 2461310.4583333335, "err": 0.021714724095162587, "mag": 21.0}, "brightest": {"jd": 2461310.4583333335, "err": 0.021714724095162587, "mag": 21.0}}, "r": {"limit": null, "forced": null, "newest": {"jd": 2461313.4573333333, "err": 0.021714724095162587, "mag": 21.0}, "current": {"jd": 2461310.4573333333, "err": 0.021714724095162587, "mag": 21.0}, "brightest": {"jd": 2461310.4573333333, "err": 0.021714724095162587, "mag": 21.0}}}', NULL),
	('live', 'lsst', '170000000000000007', '\x7801cd953d0f82301445ff0ae96c08857ebacba4936e86012c9a671048814443f8efbe0e2e86c541caf87aef709293f48ec4407e6c067b29bb3d743dd906e791b4dd35ad86271e9431cec2444b1949c675cc37c127dd598b8558e9305252734699a6cae50f306d03757fb89b530ed811341122d45c4841b9647182a522af0d46e446f0b06505790115f42f7c8b423d6d82bf51c8190abb38859aa1804529e42a8c380aff461c857f236a15461c857f238ec2bf11bd0a238ec2bf1147f183910cff75dc96b4c169315f0b934d6ff80bbfa5', '\x1a9e68c3693cc9ab779527eb9361a65c5cede90d9d8ade07763ad9e6a5e357f8', 'message', '\x0fcd618757b640baca12591a2bf3299b1c6314ec5c1897fa0154344a94897e55', '2026-11-28 23:38:29.266853+00', 12, 4, 2461367.4563333336, 2461370.4583333335, '{"g": {"limit": null, "forced": null, "newest": {"jd": 2461370.4563333336, "err": 0.021714724095162587, "mag": 21.0}, "current": {"jd": 2461367.4563333336, "err": 0.021714724095162587, "mag": 21.0}, "brightest": {"jd": 2461367.4563333336, "err": 0.021714724095162587, "mag": 21.0}}, "i": {"limit": null, "forced": null, "newest": {"jd": 2461370.4583333335, "err": 0.021714724095162587, "mag": 21.0}, "current": {"jd": 2461367.4583333335, "err": 0.021714724095162587, "mag": 21.0}, "brightest": {"jd": 2461367.4583333335, "err": 0.021714724095162587, "mag": 21.0}}, "r": {"limit": null, "forced": null, "newest": {"jd": 2461370.4573333333, "err": 0.021714724095162587, "mag": 21.0}, "current": {"jd": 2461367.4573333333, "err": 0.021714724095162587, "mag": 21.0}, "brightest": {"jd": 2461367.4573333333, "err": 0.021714724095162587, "mag": 21.0}}}', NULL);

--
-- Data for Name: name_counter; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.name_counter VALUES
	('TiDES-H', 2026, 1),
	('TiDES', 2026, 16198);

--
-- Data for Name: night_seen; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.night_seen VALUES
	('lsst', 20260929, '170000000000000006'),
	('lsst', 20261122, '170000000000000001'),
	('lsst', 20261122, '170000000000000002'),
	('lsst', 20261122, '170000000000000003'),
	('lsst', 20261122, '170000000000000004'),
	('lsst', 20261122, '170000000000000005'),
	('lsst', 20261123, '170000000000000007'),
	('lsst', 20261124, '170000000000000002'),
	('lsst', 20261125, '170000000000000007'),
	('ztf', 3616, 'ZTF26aaaaaaa');

--
-- Data for Name: operator_decision; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.operator_decision OVERRIDING SYSTEM VALUE VALUES
	(1, 'veto', 3, NULL, NULL, NULL, 'a variable star', 'Ada', '2026-11-28 23:38:29.174451+00', NULL, NULL);

--
-- Data for Name: schema_version; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.schema_version VALUES
	('0013');

--
-- Data for Name: selection; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.selection OVERRIDING SYSTEM VALUE VALUES
	(7, 'live', 'lsst', 'lsst', '170000000000000007', 'tidesSNLSST', 'f77db8c5ca27c36f3b46c3e4d6dd7d31f8823de4c508e3f8a9cc13b2c88d27b7', '50d0c950cd98032698d08e256243ce1bca2853ec627727fd75bbdbde44929b95', NULL, true, '[{"held": null, "name": "usable", "note": "lite light curve: psfFlux_flag, timeWithdrawnMjdTai and ssObjectId are not given", "limit": 1, "value": 12}, {"held": true, "name": "reliability", "limit": 0.5, "value": 0.9}, {"held": true, "name": "minBands", "limit": 3, "value": 3}, {"held": true, "name": "minNights", "limit": 2, "value": 4}, {"held": true, "name": "magLimit", "limit": 22.5, "value": 21.0}, {"days": 14.0, "held": true, "name": "currentMag", "limit": 22.5, "value": 21.0}, {"held": true, "name": "positiveFraction", "limit": 0.9, "value": 1.0}, {"held": true, "name": "maxAge", "limit": 200.0, "value": 3.0019999998621643}, {"held": true, "name": "classes", "limit": ["SN", "NT", "ORPHAN", "UNCLEAR"], "value": "SN"}]', 2461366.4563333336, '2026-11-23 23:02:00+00', 12, 2461365.4563333336, 2461368.4583333335, '5d51d8d7c889', 'run-1', '2026-11-28 23:38:28.676518+00', '2026-11-28 23:38:28.801342+00', 12, false),
	(6, 'live', 'lsst', 'lsst', '170000000000000006', 'tidesSNLSST', 'f77db8c5ca27c36f3b46c3e4d6dd7d31f8823de4c508e3f8a9cc13b2c88d27b7', '4bd1218e56be2508af6e838830339944fadafb9c4dc3da4a08ebd1d4a557d170', NULL, true, '[{"held": null, "name": "usable", "note": "lite light curve: psfFlux_flag, timeWithdrawnMjdTai and ssObjectId are not given", "limit": 1, "value": 12}, {"held": true, "name": "reliability", "limit": 0.5, "value": 0.9}, {"held": true, "name": "minBands", "limit": 3, "value": 3}, {"held": true, "name": "minNights", "limit": 2, "value": 4}, {"held": true, "name": "magLimit", "limit": 22.5, "value": 21.0}, {"days": 14.0, "held": true, "name": "currentMag", "limit": 22.5, "value": 21.0}, {"held": true, "name": "positiveFraction", "limit": 0.9, "value": 1.0}, {"held": true, "name": "maxAge", "limit": 200.0, "value": 3.0019999998621643}, {"held": true, "name": "classes", "limit": ["SN", "NT", "ORPHAN", "UNCLEAR"], "value": "SN"}]', 2461311.4563333336, '2026-09-29 23:02:00+00', 12, 2461310.4563333336, 2461313.4583333335, '5d51d8d7c889', 'run-1', '2026-11-28 23:38:28.676518+00', '2026-11-28 23:38:28.801342+00', 12, false),
	(5, 'live', 'lsst', 'lsst', '170000000000000005', 'tidesSNLSST', 'f77db8c5ca27c36f3b46c3e4d6dd7d31f8823de4c508e3f8a9cc13b2c88d27b7', 'e6b62e842ab9d4eb829b9994029f488c17a2852fc65967b9a74d38fc77c86aba', NULL, true, '[{"held": null, "name": "usable", "note": "lite light curve: psfFlux_flag, timeWithdrawnMjdTai and ssObjectId are not given", "limit": 1, "value": 12}, {"held": true, "name": "reliability", "limit": 0.5, "value": 0.9}, {"held": true, "name": "minBands", "limit": 3, "value": 3}, {"held": true, "name": "minNights", "limit": 2, "value": 4}, {"held": true, "name": "magLimit", "limit": 22.5, "value": 21.0}, {"days": 14.0, "held": true, "name": "currentMag", "limit": 22.5, "value": 21.0}, {"held": true, "name": "positiveFraction", "limit": 0.9, "value": 1.0}, {"held": true, "name": "maxAge", "limit": 200.0, "value": 3.0019999998621643}, {"held": true, "name": "classes", "limit": ["SN", "NT", "ORPHAN", "UNCLEAR"], "value": "SN"}]', 2461365.4563333336, '2026-11-22 23:02:00+00', 12, 2461364.4563333336, 2461367.4583333335, '5d51d8d7c889', 'run-1', '2026-11-28 23:38:28.676518+00', '2026-11-28 23:38:28.801342+00', 12, false),
	(4, 'live', 'lsst', 'lsst', '170000000000000004', 'tidesSNLSST', 'f77db8c5ca27c36f3b46c3e4d6dd7d31f8823de4c508e3f8a9cc13b2c88d27b7', 'e6b62e842ab9d4eb829b9994029f488c17a2852fc65967b9a74d38fc77c86aba', NULL, true, '[{"held": null, "name": "usable", "note": "lite light curve: psfFlux_flag, timeWithdrawnMjdTai and ssObjectId are not given", "limit": 1, "value": 12}, {"held": true, "name": "reliability", "limit": 0.5, "value": 0.9}, {"held": true, "name": "minBands", "limit": 3, "value": 3}, {"held": true, "name": "minNights", "limit": 2, "value": 4}, {"held": true, "name": "magLimit", "limit": 22.5, "value": 21.0}, {"days": 14.0, "held": true, "name": "currentMag", "limit": 22.5, "value": 21.0}, {"held": true, "name": "positiveFraction", "limit": 0.9, "value": 1.0}, {"held": true, "name": "maxAge", "limit": 200.0, "value": 3.0019999998621643}, {"held": true, "name": "classes", "limit": ["SN", "NT", "ORPHAN", "UNCLEAR"], "value": "SN"}]', 2461365.4563333336, '2026-11-22 23:02:00+00', 12, 2461364.4563333336, 2461367.4583333335, '5d51d8d7c889', 'run-1', '2026-11-28 23:38:28.676518+00', '2026-11-28 23:38:28.801342+00', 12, false),
	(3, 'live', 'lsst', 'lsst', '170000000000000003', 'tidesSNLSST', 'f77db8c5ca27c36f3b46c3e4d6dd7d31f8823de4c508e3f8a9cc13b2c88d27b7', 'e6b62e842ab9d4eb829b9994029f488c17a2852fc65967b9a74d38fc77c86aba', NULL, true, '[{"held": null, "name": "usable", "note": "lite light curve: psfFlux_flag, timeWithdrawnMjdTai and ssObjectId are not given", "limit": 1, "value": 12}, {"held": true, "name": "reliability", "limit": 0.5, "value": 0.9}, {"held": true, "name": "minBands", "limit": 3, "value": 3}, {"held": true, "name": "minNights", "limit": 2, "value": 4}, {"held": true, "name": "magLimit", "limit": 22.5, "value": 21.0}, {"days": 14.0, "held": true, "name": "currentMag", "limit": 22.5, "value": 21.0}, {"held": true, "name": "positiveFraction", "limit": 0.9, "value": 1.0}, {"held": true, "name": "maxAge", "limit": 200.0, "value": 3.0019999998621643}, {"held": true, "name": "classes", "limit": ["SN", "NT", "ORPHAN", "UNCLEAR"], "value": "SN"}]', 2461365.4563333336, '2026-11-22 23:02:00+00', 12, 2461364.4563333336, 2461367.4583333335, '5d51d8d7c889', 'run-1', '2026-11-28 23:38:28.676518+00', '2026-11-28 23:38:28.801342+00', 12, false),
	(2, 'live', 'lsst', 'lsst', '170000000000000002', 'tidesSNLSST', 'f77db8c5ca27c36f3b46c3e4d6dd7d31f8823de4c508e3f8a9cc13b2c88d27b7', 'e6b62e842ab9d4eb829b9994029f488c17a2852fc65967b9a74d38fc77c86aba', NULL, true, '[{"held": null, "name": "usable", "note": "lite light curve: psfFlux_flag, timeWithdrawnMjdTai and ssObjectId are not given", "limit": 1, "value": 12}, {"held": true, "name": "reliability", "limit": 0.5, "value": 0.9}, {"held": true, "name": "minBands", "limit": 3, "value": 3}, {"held": true, "name": "minNights", "limit": 2, "value": 4}, {"held": true, "name": "magLimit", "limit": 22.5, "value": 21.0}, {"days": 14.0, "held": true, "name": "currentMag", "limit": 22.5, "value": 21.0}, {"held": true, "name": "positiveFraction", "limit": 0.9, "value": 1.0}, {"held": true, "name": "maxAge", "limit": 200.0, "value": 3.0019999998621643}, {"held": true, "name": "classes", "limit": ["SN", "NT", "ORPHAN", "UNCLEAR"], "value": "SN"}]', 2461365.4563333336, '2026-11-22 23:02:00+00', 12, 2461364.4563333336, 2461367.4583333335, '5d51d8d7c889', 'run-1', '2026-11-28 23:38:28.676518+00', '2026-11-28 23:38:28.801342+00', 12, false),
	(1, 'live', 'lsst', 'lsst', '170000000000000001', 'tidesSNLSST', 'f77db8c5ca27c36f3b46c3e4d6dd7d31f8823de4c508e3f8a9cc13b2c88d27b7', 'e6b62e842ab9d4eb829b9994029f488c17a2852fc65967b9a74d38fc77c86aba', NULL, true, '[{"held": null, "name": "usable", "note": "lite light curve: psfFlux_flag, timeWithdrawnMjdTai and ssObjectId are not given", "limit": 1, "value": 12}, {"held": true, "name": "reliability", "limit": 0.5, "value": 0.9}, {"held": true, "name": "minBands", "limit": 3, "value": 3}, {"held": true, "name": "minNights", "limit": 2, "value": 4}, {"held": true, "name": "magLimit", "limit": 22.5, "value": 21.0}, {"days": 14.0, "held": true, "name": "currentMag", "limit": 22.5, "value": 21.0}, {"held": true, "name": "positiveFraction", "limit": 0.9, "value": 1.0}, {"held": true, "name": "maxAge", "limit": 200.0, "value": 3.0019999998621643}, {"held": true, "name": "classes", "limit": ["SN", "NT", "ORPHAN", "UNCLEAR"], "value": "SN"}]', 2461365.4563333336, '2026-11-22 23:02:00+00', 12, 2461364.4563333336, 2461367.4583333335, '5d51d8d7c889', 'run-1', '2026-11-28 23:38:28.676518+00', '2026-11-28 23:38:28.801342+00', 12, false),
	(9, 'live', 'lsst', 'lsst', '170000000000000007', 'tidesSNLSST', 'f77db8c5ca27c36f3b46c3e4d6dd7d31f8823de4c508e3f8a9cc13b2c88d27b7', '95dcf99f7781de57aa93cf99b07c5ca9b5be3e83f257408e35e5274f3a21d1cc', NULL, true, '[{"held": null, "name": "usable", "note": "lite light curve: psfFlux_flag, timeWithdrawnMjdTai and ssObjectId are not given", "limit": 1, "value": 12}, {"held": true, "name": "reliability", "limit": 0.5, "value": 0.9}, {"held": true, "name": "minBands", "limit": 3, "value": 3}, {"held": true, "name": "minNights", "limit": 2, "value": 4}, {"held": true, "name": "magLimit", "limit": 22.5, "value": 21.0}, {"days": 14.0, "held": true, "name": "currentMag", "limit": 22.5, "value": 21.0}, {"held": true, "name": "positiveFraction", "limit": 0.9, "value": 1.0}, {"held": true, "name": "maxAge", "limit": 200.0, "value": 3.0019999998621643}, {"held": true, "name": "classes", "limit": ["SN", "NT", "ORPHAN", "UNCLEAR"], "value": "SN"}]', 2461368.4563333336, '2026-11-25 23:02:00+00', 12, 2461367.4563333336, 2461370.4583333335, '5d51d8d7c889', 'run-1', '2026-11-28 23:38:29.502214+00', '2026-11-28 23:38:29.515587+00', 12, false),
	(8, 'live', 'lsst', 'lsst', '170000000000000002', 'tidesSNLSST', 'f77db8c5ca27c36f3b46c3e4d6dd7d31f8823de4c508e3f8a9cc13b2c88d27b7', '12d90b0112a30b23b1b0c3fae09e789f3566afa23ba91709082472551c691b3b', NULL, false, '[{"held": null, "name": "usable", "note": "lite light curve: psfFlux_flag, timeWithdrawnMjdTai and ssObjectId are not given", "limit": 1, "value": 12}, {"held": true, "name": "reliability", "limit": 0.5, "value": 0.9}, {"held": true, "name": "minBands", "limit": 3, "value": 3}, {"held": true, "name": "minNights", "limit": 2, "value": 4}, {"held": false, "name": "magLimit", "limit": 22.5, "value": 24.5}, {"days": 14.0, "held": false, "name": "currentMag", "limit": 22.5, "value": 24.5}, {"held": true, "name": "positiveFraction", "limit": 0.9, "value": 1.0}, {"held": true, "name": "maxAge", "limit": 200.0, "value": 3.0019999998621643}, {"held": true, "name": "classes", "limit": ["SN", "NT", "ORPHAN", "UNCLEAR"], "value": "SN"}]', NULL, NULL, 12, 2461366.4563333336, 2461369.4583333335, '5d51d8d7c889', 'run-1', '2026-11-28 23:38:29.502214+00', '2026-11-28 23:38:29.515587+00', 12, false);

--
-- Data for Name: selection_epoch; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.selection_epoch OVERRIDING SYSTEM VALUE VALUES
	(1, 'filter', 'lsst', '{"tables": "objects, sherlock_classifications", "selected": "objects.diaObjectId, objects.ra, objects.decl, objects.firstDiaSourceMjdTai, objects.lastDiaSourceMjdTai, objects.latest_psfFlux, objects.g_psfFlux, objects.r_psfFlux, objects.i_psfFlux, objects.z_psfFlux, objects.g_psfFluxSigma, objects.r_psfFluxSigma, objects.i_psfFluxSigma, objects.z_psfFluxSigma, objects.g_latestMJD, objects.r_latestMJD, objects.i_latestMJD, objects.z_latestMJD, objects.nPosDiaSources, objects.nPosDiaSourcesNights, objects.ngSources, objects.nrSources, objects.niSources, objects.nzSources, sherlock_classifications.classification AS sherlock_classifications", "conditions": "sherlock_classifications.classification IN (\"SN\", \"NT\", \"ORPHAN\", \"UNCLEAR\")"}', '2026-11-28 23:38:28.510306+00', 'run-1'),
	(2, 'filter', 'ztf', '{"tables": "objects, sherlock_classifications", "selected": "objects.objectId, objects.ramean, objects.decmean, objects.jdmin, objects.jdmax, objects.magrmin, objects.maggmin, objects.rmag, objects.gmag, objects.jdgmax, objects.jdrmax, objects.ncandgp, sherlock_classifications.classification", "conditions": "sherlock_classifications.classification IN (\"SN\", \"NT\", \"ORPHAN\", \"UNCLEAR\")"}', '2026-11-28 23:38:28.510306+00', 'run-1'),
	(3, 'function', 'lsst/tidesSNLSST', '{"hash": "f77db8c5ca27c36f3b46c3e4d6dd7d31f8823de4c508e3f8a9cc13b2c88d27b7", "name": "tidesSNLSST", "says": "{\"filters\": [\"g\", \"r\", \"i\", \"z\"], \"significance\": 5, \"positiveOnly\": true, \"reliability\": 0.5, \"historyDays\": 365, \"minBands\": 3, \"minNights\": 2, \"magLimit\": 22.5, \"currentMag\": {\"limit\": 22.5, \"days\": 14}, \"positiveFraction\": 0.9, \"maxAge\": 200, \"classes\": [\"SN\", \"NT\", \"ORPHAN\", \"UNCLEAR\"]}", "target": "live", "spectra": 1, "template": "tides-sn"}', '2026-11-28 23:38:28.510306+00', 'run-1'),
	(4, 'function', 'ztf/tidesSNZTF', '{"hash": "837a6460794938f3ebb7e7b983cbc58eb466876bebd0b9c43f0f1cf6a704d52d", "name": "tidesSNZTF", "says": "{\"filters\": [\"g\", \"r\", \"i\", \"z\"], \"significance\": 5, \"positiveOnly\": true, \"reliability\": 0.5, \"historyDays\": 365, \"minBands\": 2, \"minNights\": 2, \"magLimit\": 20.5, \"currentMag\": {\"limit\": 20.5, \"days\": 14}, \"positiveFraction\": 0.9, \"maxAge\": 200, \"classes\": [\"SN\", \"NT\", \"ORPHAN\", \"UNCLEAR\"]}", "target": "live", "spectra": 1, "template": "tides-sn"}', '2026-11-28 23:38:28.510306+00', 'run-1'),
	(5, 'limits', 'identity', '{"days": 300.0, "radius_arcsec": 1.0}', '2026-11-28 23:38:28.510306+00', 'run-1'),
	(6, 'limits', 'live', '{"complete_snr": null, "hysteresis_mag": 0.2, "unobserved_days": 45.0, "other_survey_days": 60.0, "survey_night_objects": 2}', '2026-11-28 23:38:28.510306+00', 'run-1'),
	(7, 'limits', 'live of lsst', '{"faint_limit": 22.5, "recurrent_days": 100.0, "unobserved_nights": 14, "current_window_days": 7.0, "current_max_age_days": 20.0}', '2026-11-28 23:38:28.510306+00', 'run-1'),
	(8, 'limits', 'live of ztf', '{"faint_limit": 20.5, "recurrent_days": 100.0, "unobserved_nights": 10, "current_window_days": 5.0, "current_max_age_days": 10.0}', '2026-11-28 23:38:28.510306+00', 'run-1'),
	(9, 'limits', 'reach', '{"dec_max_deg": 20.0, "dec_min_deg": -80.0, "galactic_latitude_min_deg": 10.0}', '2026-11-28 23:38:28.510306+00', 'run-1'),
	(10, 'limits', 'reclassified', '{"classes": ["AGN", "VS", "BS", "CV"], "criteria": [], "tns_types": ["AGN", "QSO", "Galaxy", "CV", "Varstar", "Nova"], "hours_apart": 20.0}', '2026-11-28 23:38:28.510306+00', 'run-1'),
	(11, 'template', 'tides-host', '{"cadence": 0, "ruleset": "tides_hostsMay2024", "mag_type": {"catalogue": {"g": "SDSS_g_AB", "i": "SDSS_i_AB", "r": "SDSS_r_AB", "z": "SDSS_z_AB"}}, "template": "tides_hostsMay2024", "exposures": [{"t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "fainter_than": 0.0}], "subsurvey": "tides-host", "resolution": 1, "window_days": 0.0, "classification": "GAL", "redshift_estimate": 0.1, "uploadedfor_survey_id": 15}', '2026-11-28 23:38:28.510306+00', 'run-1'),
	(12, 'template', 'tides-sn', '{"cadence": 1048576, "ruleset": "tides_snMay2024", "mag_type": {"ztf": {"g": "SDSS_g_AB", "i": "SDSS_i_AB", "r": "SDSS_r_AB"}, "lsst": {"g": "LSST_g_AB", "i": "LSST_i_AB", "r": "LSST_r_AB", "z": "LSST_z_AB"}}, "template": "tides_snMay2024", "exposures": [{"t_exp_b": 4300.0, "t_exp_d": 38.0, "t_exp_g": 38.0, "t_exp_s": 4300.0, "fainter_than": 0.0}], "subsurvey": "tides-sn", "resolution": 1, "window_days": 120.0, "classification": "TRA", "redshift_estimate": 0.1, "uploadedfor_survey_id": 15}', '2026-11-28 23:38:28.510306+00', 'run-1');

--
-- Data for Name: stream_audit; Type: TABLE DATA; Schema: tides; Owner: -
--

--
-- Data for Name: stream_column; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.stream_column VALUES
	('lsst', 'decl', 'number', '2026-11-28 23:38:28.31991+00'),
	('lsst', 'diaObjectId', 'number', '2026-11-28 23:38:28.31991+00'),
	('lsst', 'firstDiaSourceMjdTai', 'number', '2026-11-28 23:38:28.31991+00'),
	('lsst', 'g_latestMJD', 'number', '2026-11-28 23:38:28.31991+00'),
	('lsst', 'g_psfFlux', 'number', '2026-11-28 23:38:28.31991+00'),
	('lsst', 'i_latestMJD', 'number', '2026-11-28 23:38:28.31991+00'),
	('lsst', 'i_psfFlux', 'number', '2026-11-28 23:38:28.31991+00'),
	('lsst', 'lastDiaSourceMjdTai', 'number', '2026-11-28 23:38:28.31991+00'),
	('lsst', 'latest_psfFlux', 'number', '2026-11-28 23:38:28.31991+00'),
	('lsst', 'nPosDiaSources', 'number', '2026-11-28 23:38:28.31991+00'),
	('lsst', 'nPosDiaSourcesNights', 'number', '2026-11-28 23:38:28.31991+00'),
	('lsst', 'r_latestMJD', 'number', '2026-11-28 23:38:28.31991+00'),
	('lsst', 'r_psfFlux', 'number', '2026-11-28 23:38:28.31991+00'),
	('lsst', 'ra', 'number', '2026-11-28 23:38:28.31991+00'),
	('lsst', 'sherlock_classifications', 'text', '2026-11-28 23:38:28.31991+00'),
	('ztf', 'classification', 'text', '2026-11-28 23:38:29.425252+00'),
	('ztf', 'decmean', 'number', '2026-11-28 23:38:29.425252+00'),
	('ztf', 'gmag', 'number', '2026-11-28 23:38:29.425252+00'),
	('ztf', 'jdgmax', 'number', '2026-11-28 23:38:29.425252+00'),
	('ztf', 'jdmax', 'number', '2026-11-28 23:38:29.425252+00');
INSERT INTO tides.stream_column VALUES
	('ztf', 'jdmin', 'number', '2026-11-28 23:38:29.425252+00'),
	('ztf', 'jdrmax', 'number', '2026-11-28 23:38:29.425252+00'),
	('ztf', 'maggmin', 'number', '2026-11-28 23:38:29.425252+00'),
	('ztf', 'magrmin', 'number', '2026-11-28 23:38:29.425252+00'),
	('ztf', 'ncandgp', 'number', '2026-11-28 23:38:29.425252+00'),
	('ztf', 'objectId', 'text', '2026-11-28 23:38:29.425252+00'),
	('ztf', 'ramean', 'number', '2026-11-28 23:38:29.425252+00'),
	('ztf', 'rmag', 'number', '2026-11-28 23:38:29.425252+00');

--
-- Data for Name: stream_offset; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.stream_offset VALUES
	('live', 'lsst', 0, 'U4DBa4W5R7mxXSYKIUJqfg', 11, '\x7b1bdfc4bc34025f1232c3bcd5226562265ff77c01916e552c67af62c2c048e8', '2026-11-28 23:38:29.820818+00', '2026-11-28 23:38:29.087+00'),
	('live', 'ztf', 0, 'IxOBsIytRUeSymacI0Pdtg', 1, '\xd5e2579f7247137ea418259d1d09a64b30dead04f26a463fa6b0e3c53c190de5', '2026-11-28 23:38:29.904809+00', '2026-11-28 23:38:29.145+00');

--
-- Data for Name: survey_night; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.survey_night VALUES
	('lsst', 20260929, 1),
	('lsst', 20261122, 5),
	('lsst', 20261123, 1),
	('lsst', 20261124, 1),
	('lsst', 20261125, 1),
	('ztf', 3616, 1);

--
-- Data for Name: target_band; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.target_band VALUES
	(3, 'lsst', 'g', 2461367.4563333336, 21, 0.021714724095162587, 2461364.4563333336, 21, 0.021714724095162587, 2461364.4563333336, 21, 0.021714724095162587, NULL, NULL),
	(3, 'lsst', 'i', 2461367.4583333335, 21, 0.021714724095162587, 2461364.4583333335, 21, 0.021714724095162587, 2461364.4583333335, 21, 0.021714724095162587, NULL, NULL),
	(3, 'lsst', 'r', 2461367.4573333333, 21, 0.021714724095162587, 2461364.4573333333, 21, 0.021714724095162587, 2461364.4573333333, 21, 0.021714724095162587, NULL, NULL),
	(4, 'lsst', 'g', 2461367.4563333336, 21, 0.021714724095162587, 2461364.4563333336, 21, 0.021714724095162587, 2461364.4563333336, 21, 0.021714724095162587, NULL, NULL),
	(4, 'lsst', 'i', 2461367.4583333335, 21, 0.021714724095162587, 2461364.4583333335, 21, 0.021714724095162587, 2461364.4583333335, 21, 0.021714724095162587, NULL, NULL),
	(4, 'lsst', 'r', 2461367.4573333333, 21, 0.021714724095162587, 2461364.4573333333, 21, 0.021714724095162587, 2461364.4573333333, 21, 0.021714724095162587, NULL, NULL),
	(5, 'lsst', 'g', 2461367.4563333336, 21, 0.021714724095162587, 2461364.4563333336, 21, 0.021714724095162587, 2461364.4563333336, 21, 0.021714724095162587, NULL, NULL),
	(5, 'lsst', 'i', 2461367.4583333335, 21, 0.021714724095162587, 2461364.4583333335, 21, 0.021714724095162587, 2461364.4583333335, 21, 0.021714724095162587, NULL, NULL),
	(5, 'lsst', 'r', 2461367.4573333333, 21, 0.021714724095162587, 2461364.4573333333, 21, 0.021714724095162587, 2461364.4573333333, 21, 0.021714724095162587, NULL, NULL),
	(6, 'lsst', 'g', 2461313.4563333336, 21, 0.021714724095162587, 2461310.4563333336, 21, 0.021714724095162587, 2461310.4563333336, 21, 0.021714724095162587, NULL, NULL),
	(6, 'lsst', 'i', 2461313.4583333335, 21, 0.021714724095162587, 2461310.4583333335, 21, 0.021714724095162587, 2461310.4583333335, 21, 0.021714724095162587, NULL, NULL),
	(6, 'lsst', 'r', 2461313.4573333333, 21, 0.021714724095162587, 2461310.4573333333, 21, 0.021714724095162587, 2461310.4573333333, 21, 0.021714724095162587, NULL, NULL),
	(2, 'lsst', 'g', 2461369.4563333336, 24.5, 0.021714724095162587, 2461366.4563333336, 24.5, 0.021714724095162587, 2461364.4563333336, 21, 0.021714724095162587, NULL, NULL),
	(2, 'lsst', 'i', 2461369.4583333335, 24.5, 0.021714724095162587, 2461366.4583333335, 24.5, 0.021714724095162587, 2461364.4583333335, 21, 0.021714724095162587, NULL, NULL),
	(2, 'lsst', 'r', 2461369.4573333333, 24.5, 0.021714724095162587, 2461366.4573333333, 24.5, 0.021714724095162587, 2461364.4573333333, 21, 0.021714724095162587, NULL, NULL),
	(1, 'lsst', 'g', 2461370.4563333336, 21, 0.021714724095162587, 2461367.4563333336, 21, 0.021714724095162587, 2461364.4563333336, 21, 0.021714724095162587, NULL, NULL),
	(1, 'lsst', 'i', 2461370.4583333335, 21, 0.021714724095162587, 2461367.4583333335, 21, 0.021714724095162587, 2461364.4583333335, 21, 0.021714724095162587, NULL, NULL),
	(1, 'lsst', 'r', 2461370.4573333333, 21, 0.021714724095162587, 2461367.4573333333, 21, 0.021714724095162587, 2461364.4573333333, 21, 0.021714724095162587, NULL, NULL);

--
-- Data for Name: tides_alias; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.tides_alias VALUES
	('lsst', '170000000000000001', 1, 150, -30, 2461367.4583333335, '2026-11-22 23:02:00+00', 2461364.4563333336, 2461367.4583333335, 12, 'SN', false, '2026-11-28 23:38:28.801342+00', NULL),
	('lsst', '170000000000000003', 3, 152, -30, 2461367.4583333335, '2026-11-22 23:02:00+00', 2461364.4563333336, 2461367.4583333335, 12, 'SN', false, '2026-11-28 23:38:28.801342+00', NULL),
	('lsst', '170000000000000004', 4, 153, -30, 2461367.4583333335, '2026-11-22 23:02:00+00', 2461364.4563333336, 2461367.4583333335, 12, 'SN', false, '2026-11-28 23:38:28.801342+00', NULL),
	('lsst', '170000000000000005', 5, 154, -30, 2461367.4583333335, '2026-11-22 23:02:00+00', 2461364.4563333336, 2461367.4583333335, 12, 'SN', false, '2026-11-28 23:38:28.801342+00', NULL),
	('lsst', '170000000000000006', 6, 155, -30, 2461313.4583333335, '2026-09-29 23:02:00+00', 2461310.4563333336, 2461313.4583333335, 12, 'SN', false, '2026-11-28 23:38:28.801342+00', NULL),
	('lsst', '170000000000000007', 1, 150, -29.999861111111112, 2461370.4583333335, '2026-11-25 23:02:00+00', 2461365.4563333336, 2461370.4583333335, 12, 'SN', false, '2026-11-28 23:38:28.801342+00', NULL),
	('lsst', '170000000000000002', 2, 151, -30, 2461369.4583333335, '2026-11-24 23:02:00+00', 2461364.4563333336, 2461369.4583333335, 12, 'SN', true, '2026-11-28 23:38:28.801342+00', NULL);

--
-- Data for Name: tides_context; Type: TABLE DATA; Schema: tides; Owner: -
--

--
-- Data for Name: tides_history; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.tides_history OVERRIDING SYSTEM VALUE VALUES
	(1, 1, 'selected', 'tidesSNLSST selects LSST 170000000000000001, trigger JD 2461365.46', 'run-1', '2026-11-28 23:38:28.801342+00'),
	(2, 2, 'selected', 'tidesSNLSST selects LSST 170000000000000002, trigger JD 2461365.46', 'run-1', '2026-11-28 23:38:28.801342+00'),
	(3, 3, 'selected', 'tidesSNLSST selects LSST 170000000000000003, trigger JD 2461365.46', 'run-1', '2026-11-28 23:38:28.801342+00'),
	(4, 4, 'selected', 'tidesSNLSST selects LSST 170000000000000004, trigger JD 2461365.46', 'run-1', '2026-11-28 23:38:28.801342+00'),
	(5, 5, 'selected', 'tidesSNLSST selects LSST 170000000000000005, trigger JD 2461365.46', 'run-1', '2026-11-28 23:38:28.801342+00'),
	(6, 6, 'selected', 'tidesSNLSST selects LSST 170000000000000006, trigger JD 2461311.46', 'run-1', '2026-11-28 23:38:28.801342+00'),
	(7, 7, 'selected', 'tidesSNLSST selects LSST 170000000000000007, trigger JD 2461366.46', 'run-1', '2026-11-28 23:38:28.801342+00'),
	(8, 6, 'deactivated', 'lsst: not seen for 1 survey nights (60 d)', 'run-1', '2026-11-28 23:38:28.911779+00'),
	(9, 1, 'created', 'key 1 at 4MOST as TiDES26aaa, learnt by: create', 'run-1', '2026-11-28 23:38:29.045749+00'),
	(10, 2, 'created', 'key 2 at 4MOST as TiDES26aab, learnt by: create', 'run-1', '2026-11-28 23:38:29.045749+00'),
	(11, 3, 'created', 'key 3 at 4MOST as TiDES26aac, learnt by: create', 'run-1', '2026-11-28 23:38:29.045749+00'),
	(12, 4, 'created', 'key 4 at 4MOST as TiDES26aad, learnt by: create', 'run-1', '2026-11-28 23:38:29.045749+00'),
	(13, 5, 'created', 'key 5 at 4MOST as TiDES26aae, learnt by: create', 'run-1', '2026-11-28 23:38:29.045749+00'),
	(14, 7, 'created', 'key 6 at 4MOST as TiDES26aag, learnt by: create', 'run-1', '2026-11-28 23:38:29.045749+00'),
	(15, 7, 'merged', 'into TiDES26aaa: 0.50 arcsec apart', 'run-1', '2026-11-28 23:38:29.515587+00'),
	(16, 2, 'deactivated', 'lsst: fainter than 22.5 in g, r, i since MJD 61369.0', 'run-1', '2026-11-28 23:38:29.573928+00'),
	(17, 3, 'vetoed', 'vetoed by Ada: a variable star', 'run-1', '2026-11-28 23:38:29.573928+00'),
	(18, 4, 'observed', '1 good spectra, the newest of 2026-11-28 by TiDES', 'run-1', '2026-11-28 23:38:29.573928+00'),
	(19, 7, 'deactivated', 'merged into TiDES26aaa', 'run-1', '2026-11-28 23:38:29.573928+00'),
	(20, 8, 'selected', 'host of TiDES26aaf, 0.8 arcsec away', 'run-1', '2026-11-28 23:38:29.573928+00');
INSERT INTO tides.tides_history OVERRIDING SYSTEM VALUE VALUES
	(21, 8, 'created', 'key 7 at 4MOST as TiDES-H26aaa, learnt by: create', 'run-1', '2026-11-28 23:38:29.679615+00'),
	(22, 1, 'ingested', 'into 4MOST''s operations system at 2026-11-28 23:38 UTC', 'run-1', '2026-11-28 23:38:30.178901+00'),
	(23, 2, 'ingested', 'into 4MOST''s operations system at 2026-11-28 23:38 UTC', 'run-1', '2026-11-28 23:38:30.178901+00'),
	(24, 3, 'ingested', 'into 4MOST''s operations system at 2026-11-28 23:38 UTC', 'run-1', '2026-11-28 23:38:30.178901+00'),
	(25, 4, 'ingested', 'into 4MOST''s operations system at 2026-11-28 23:38 UTC', 'run-1', '2026-11-28 23:38:30.178901+00'),
	(26, 5, 'ingested', 'into 4MOST''s operations system at 2026-11-28 23:38 UTC', 'run-1', '2026-11-28 23:38:30.178901+00'),
	(27, 7, 'ingested', 'into 4MOST''s operations system at 2026-11-28 23:38 UTC', 'run-1', '2026-11-28 23:38:30.178901+00'),
	(28, 8, 'ingested', 'into 4MOST''s operations system at 2026-11-28 23:38 UTC', 'run-1', '2026-11-28 23:38:30.178901+00');

--
-- Data for Name: tides_hosts; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.tides_hosts VALUES
	(8, 'TiDES-H26aaa', 'SDSS', '77', 155, -29.999777777777776, 0.0612, NULL, 'r', 18.31, 0.03, 4.5, 'tides-host', true, 'its transient is gone', '2026-11-28 23:38:29.573928+00', 7, 9000007, 5000000007, '2026-11-28 23:38:29.230839+00', '2026-11-28 23:38:30.178901+00');

--
-- Data for Name: tides_master; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.tides_master OVERRIDING SYSTEM VALUE VALUES
	(1, 'TiDES26aaa', 150, -29.999861111111112, 'lsst', true, 'tides-sn', 2461364.4563333336, 2461370.4583333335, 21, 21, 21, 21, 2461370.4563333336, 2461370.4573333333, 24, 'SN', true, 'live', '2026-11-28 23:38:28.911779+00', NULL, 1, 9000001, 5000000001, '2026-11-28 23:38:28.801342+00', '2026-11-28 23:38:30.178901+00', false, NULL, NULL, '2026-11-28 23:38:29.230839+00'),
	(6, 'TiDES26aaf', 155, -30, 'lsst', true, 'tides-sn', 2461310.4563333336, 2461313.4583333335, 21, 21, 21, 21, 2461313.4563333336, 2461313.4573333333, 12, 'SN', false, 'lsst: not seen', NULL, NULL, NULL, NULL, NULL, '2026-11-28 23:38:28.801342+00', '2026-11-28 23:38:28.911779+00', false, NULL, NULL, '2026-11-28 23:38:29.230839+00'),
	(2, 'TiDES26aab', 151, -30, 'lsst', true, 'tides-sn', 2461364.4563333336, 2461369.4583333335, 21, 21, 24.5, 24.5, 2461369.4563333336, 2461369.4573333333, 12, 'SN', false, 'lsst: faded', NULL, NULL, 2, 9000002, 5000000002, '2026-11-28 23:38:28.801342+00', '2026-11-28 23:38:30.178901+00', false, NULL, NULL, '2026-11-28 23:38:29.230839+00'),
	(3, 'TiDES26aac', 152, -30, 'lsst', true, 'tides-sn', 2461364.4563333336, 2461367.4583333335, 21, 21, 21, 21, 2461367.4563333336, 2461367.4573333333, 12, 'SN', false, 'vetoed', NULL, NULL, 3, 9000003, 5000000003, '2026-11-28 23:38:28.801342+00', '2026-11-28 23:38:30.178901+00', false, NULL, NULL, '2026-11-28 23:38:29.230839+00'),
	(4, 'TiDES26aad', 153, -30, 'lsst', true, 'tides-sn', 2461364.4563333336, 2461367.4583333335, 21, 21, 21, 21, 2461367.4563333336, 2461367.4573333333, 12, 'SN', false, 'observed by TiDES', NULL, NULL, 4, 9000004, 5000000004, '2026-11-28 23:38:28.801342+00', '2026-11-28 23:38:30.178901+00', false, NULL, NULL, '2026-11-28 23:38:29.230839+00'),
	(5, 'TiDES26aae', 154, -30, 'lsst', true, 'tides-sn', 2461364.4563333336, 2461367.4583333335, 21, 21, 21, 21, 2461367.4563333336, 2461367.4573333333, 12, 'SN', true, 'live', '2026-11-28 23:38:28.911779+00', NULL, 5, 9000005, 5000000005, '2026-11-28 23:38:28.801342+00', '2026-11-28 23:38:30.178901+00', false, NULL, NULL, '2026-11-28 23:38:29.230839+00'),
	(7, 'TiDES26aag', 150, -29.999861111111112, 'lsst', true, 'tides-sn', 2461365.4563333336, 2461370.4583333335, 21, 21, 21, 21, 2461370.4563333336, 2461370.4573333333, 12, 'SN', false, 'merged into TiDES26aaa', NULL, NULL, 6, 9000006, 5000000006, '2026-11-28 23:38:28.801342+00', '2026-11-28 23:38:30.178901+00', false, NULL, 1, '2026-11-28 23:38:29.230839+00');

--
-- Data for Name: tides_spectrum; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.tides_spectrum VALUES
	(4, '2026-11-28', 'complete', 12.5, 'TiDES', '2026-11-28 23:38:29.192455+00');

--
-- Data for Name: visit_reading; Type: TABLE DATA; Schema: tides; Owner: -
--

INSERT INTO tides.visit_reading VALUES
	(true, '2026-11-28 23:38:30.214297+00', 4, 0);

--
-- Name: dead_letter_dead_letter_id_seq; Type: SEQUENCE SET; Schema: tides; Owner: -
--

SELECT pg_catalog.setval('tides.dead_letter_dead_letter_id_seq', 2, true);

--
-- Name: event_event_id_seq; Type: SEQUENCE SET; Schema: tides; Owner: -
--

SELECT pg_catalog.setval('tides.event_event_id_seq', 1, true);

--
-- Name: fourmost_exchange_exchange_id_seq; Type: SEQUENCE SET; Schema: tides; Owner: -
--

SELECT pg_catalog.setval('tides.fourmost_exchange_exchange_id_seq', 24, true);

--
-- Name: operator_decision_decision_id_seq; Type: SEQUENCE SET; Schema: tides; Owner: -
--

SELECT pg_catalog.setval('tides.operator_decision_decision_id_seq', 1, true);

--
-- Name: selection_epoch_selection_epoch_id_seq; Type: SEQUENCE SET; Schema: tides; Owner: -
--

SELECT pg_catalog.setval('tides.selection_epoch_selection_epoch_id_seq', 12, true);

--
-- Name: selection_selection_id_seq; Type: SEQUENCE SET; Schema: tides; Owner: -
--

SELECT pg_catalog.setval('tides.selection_selection_id_seq', 9, true);

--
-- Name: tides_history_history_id_seq; Type: SEQUENCE SET; Schema: tides; Owner: -
--

SELECT pg_catalog.setval('tides.tides_history_history_id_seq', 28, true);

--
-- Name: tides_master_tides_id_seq; Type: SEQUENCE SET; Schema: tides; Owner: -
--

SELECT pg_catalog.setval('tides.tides_master_tides_id_seq', 8, true);

--
-- Name: annotation annotation_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.annotation
    ADD CONSTRAINT annotation_pkey PRIMARY KEY (survey, object_id);

--
-- Name: bridge_run bridge_run_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.bridge_run
    ADD CONSTRAINT bridge_run_pkey PRIMARY KEY (run_id);

--
-- Name: candidate candidate_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.candidate
    ADD CONSTRAINT candidate_pkey PRIMARY KEY (lane, stream, object_id);

--
-- Name: candidate_visit candidate_visit_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.candidate_visit
    ADD CONSTRAINT candidate_visit_pkey PRIMARY KEY (visit_no);

--
-- Name: candidate_visit_target candidate_visit_target_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.candidate_visit_target
    ADD CONSTRAINT candidate_visit_target_pkey PRIMARY KEY (visit_no, target_id);

--
-- Name: dead_letter dead_letter_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.dead_letter
    ADD CONSTRAINT dead_letter_pkey PRIMARY KEY (dead_letter_id);

--
-- Name: event event_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (event_id);

--
-- Name: fourmost_exchange fourmost_exchange_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.fourmost_exchange
    ADD CONSTRAINT fourmost_exchange_pkey PRIMARY KEY (exchange_id);

--
-- Name: fourmost_key fourmost_key_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.fourmost_key
    ADD CONSTRAINT fourmost_key_pkey PRIMARY KEY (pk);

--
-- Name: fourmost_stray fourmost_stray_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.fourmost_stray
    ADD CONSTRAINT fourmost_stray_pkey PRIMARY KEY (pk);

--
-- Name: fourmost_target fourmost_target_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.fourmost_target
    ADD CONSTRAINT fourmost_target_pkey PRIMARY KEY (id);

--
-- Name: host_candidate host_candidate_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.host_candidate
    ADD CONSTRAINT host_candidate_pkey PRIMARY KEY (tides_id, host_id);

--
-- Name: host_candidate host_candidate_tides_id_rank_key; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.host_candidate
    ADD CONSTRAINT host_candidate_tides_id_rank_key UNIQUE (tides_id, rank);

--
-- Name: lasair_call lasair_call_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.lasair_call
    ADD CONSTRAINT lasair_call_pkey PRIMARY KEY (token, hour);

--
-- Name: light_curve light_curve_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.light_curve
    ADD CONSTRAINT light_curve_pkey PRIMARY KEY (lane, survey, object_id);

--
-- Name: name_counter name_counter_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.name_counter
    ADD CONSTRAINT name_counter_pkey PRIMARY KEY (prefix, year);

--
-- Name: night_seen night_seen_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.night_seen
    ADD CONSTRAINT night_seen_pkey PRIMARY KEY (stream, night, object_id);

--
-- Name: operator_decision operator_decision_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.operator_decision
    ADD CONSTRAINT operator_decision_pkey PRIMARY KEY (decision_id);

--
-- Name: schema_version schema_version_pkc; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.schema_version
    ADD CONSTRAINT schema_version_pkc PRIMARY KEY (version_num);

--
-- Name: selection_epoch selection_epoch_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.selection_epoch
    ADD CONSTRAINT selection_epoch_pkey PRIMARY KEY (selection_epoch_id);

--
-- Name: selection selection_lane_survey_object_id_function_function_hash_inpu_key; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.selection
    ADD CONSTRAINT selection_lane_survey_object_id_function_function_hash_inpu_key UNIQUE NULLS NOT DISTINCT (lane, survey, object_id, function, function_hash, input_hash, as_of);

--
-- Name: selection selection_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.selection
    ADD CONSTRAINT selection_pkey PRIMARY KEY (selection_id);

--
-- Name: stream_audit stream_audit_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.stream_audit
    ADD CONSTRAINT stream_audit_pkey PRIMARY KEY (stream);

--
-- Name: stream_column stream_column_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.stream_column
    ADD CONSTRAINT stream_column_pkey PRIMARY KEY (stream, name);

--
-- Name: stream_offset stream_offset_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.stream_offset
    ADD CONSTRAINT stream_offset_pkey PRIMARY KEY (lane, stream, partition);

--
-- Name: survey_night survey_night_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.survey_night
    ADD CONSTRAINT survey_night_pkey PRIMARY KEY (stream, night);

--
-- Name: target_band target_band_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.target_band
    ADD CONSTRAINT target_band_pkey PRIMARY KEY (tides_id, survey, band);

--
-- Name: tides_alias tides_alias_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.tides_alias
    ADD CONSTRAINT tides_alias_pkey PRIMARY KEY (survey, object_id);

--
-- Name: tides_context tides_context_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.tides_context
    ADD CONSTRAINT tides_context_pkey PRIMARY KEY (survey, object_id);

--
-- Name: tides_history tides_history_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.tides_history
    ADD CONSTRAINT tides_history_pkey PRIMARY KEY (history_id);

--
-- Name: tides_hosts tides_hosts_catalogue_catalogue_id_key; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.tides_hosts
    ADD CONSTRAINT tides_hosts_catalogue_catalogue_id_key UNIQUE (catalogue, catalogue_id);

--
-- Name: tides_hosts tides_hosts_name_key; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.tides_hosts
    ADD CONSTRAINT tides_hosts_name_key UNIQUE (name);

--
-- Name: tides_hosts tides_hosts_pk_4most_key; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.tides_hosts
    ADD CONSTRAINT tides_hosts_pk_4most_key UNIQUE (pk_4most);

--
-- Name: tides_hosts tides_hosts_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.tides_hosts
    ADD CONSTRAINT tides_hosts_pkey PRIMARY KEY (tides_id);

--
-- Name: tides_master tides_master_name_key; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.tides_master
    ADD CONSTRAINT tides_master_name_key UNIQUE (name);

--
-- Name: tides_master tides_master_pk_4most_key; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.tides_master
    ADD CONSTRAINT tides_master_pk_4most_key UNIQUE (pk_4most);

--
-- Name: tides_master tides_master_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.tides_master
    ADD CONSTRAINT tides_master_pkey PRIMARY KEY (tides_id);

--
-- Name: tides_spectrum tides_spectrum_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.tides_spectrum
    ADD CONSTRAINT tides_spectrum_pkey PRIMARY KEY (tides_id, night, source);

--
-- Name: visit_reading visit_reading_pkey; Type: CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.visit_reading
    ADD CONSTRAINT visit_reading_pkey PRIMARY KEY (one);

--
-- Name: bridge_run_ended; Type: INDEX; Schema: tides; Owner: -
--

CREATE INDEX bridge_run_ended ON tides.bridge_run USING btree (ended_at);

--
-- Name: candidate_object; Type: INDEX; Schema: tides; Owner: -
--

CREATE INDEX candidate_object ON tides.candidate USING btree (lane, survey, object_id);

--
-- Name: candidate_refreshed; Type: INDEX; Schema: tides; Owner: -
--

CREATE INDEX candidate_refreshed ON tides.candidate USING btree (survey, object_id) WHERE ((lane = 'live'::text) AND (origin = 'refresh'::text));

--
-- Name: candidate_visit_target_target; Type: INDEX; Schema: tides; Owner: -
--

CREATE INDEX candidate_visit_target_target ON tides.candidate_visit_target USING btree (target_id);

--
-- Name: candidate_waiting; Type: INDEX; Schema: tides; Owner: -
--

CREATE INDEX candidate_waiting ON tides.candidate USING btree (lane, stream, known_at DESC) WHERE waiting;

--
-- Name: dead_letter_object; Type: INDEX; Schema: tides; Owner: -
--

CREATE UNIQUE INDEX dead_letter_object ON tides.dead_letter USING btree (lane, stream, object_id) WHERE (kind = 'object'::text);

--
-- Name: dead_letter_position; Type: INDEX; Schema: tides; Owner: -
--

CREATE UNIQUE INDEX dead_letter_position ON tides.dead_letter USING btree (lane, stream, topic_id, partition, "offset", sha256(raw)) NULLS NOT DISTINCT WHERE (kind = 'message'::text);

--
-- Name: event_open; Type: INDEX; Schema: tides; Owner: -
--

CREATE UNIQUE INDEX event_open ON tides.event USING btree (kind, subject) WHERE (closed_at IS NULL);

--
-- Name: fourmost_exchange_answer; Type: INDEX; Schema: tides; Owner: -
--

CREATE INDEX fourmost_exchange_answer ON tides.fourmost_exchange USING btree (exchange_id) WHERE ((part = 'answer'::text) AND (verb = ANY (ARRAY['create'::text, 'change'::text])));

--
-- Name: fourmost_exchange_at; Type: INDEX; Schema: tides; Owner: -
--

CREATE INDEX fourmost_exchange_at ON tides.fourmost_exchange USING btree (at);

--
-- Name: fourmost_exchange_target; Type: INDEX; Schema: tides; Owner: -
--

CREATE INDEX fourmost_exchange_target ON tides.fourmost_exchange USING btree (id, exchange_id);

--
-- Name: fourmost_key_current; Type: INDEX; Schema: tides; Owner: -
--

CREATE UNIQUE INDEX fourmost_key_current ON tides.fourmost_key USING btree (id) WHERE (status = 'current'::text);

--
-- Name: fourmost_stray_dec; Type: INDEX; Schema: tides; Owner: -
--

CREATE INDEX fourmost_stray_dec ON tides.fourmost_stray USING btree ("dec");

--
-- Name: fourmost_target_open; Type: INDEX; Schema: tides; Owner: -
--

CREATE INDEX fourmost_target_open ON tides.fourmost_target USING btree (id) WHERE (wanted IS DISTINCT FROM told);

--
-- Name: host_candidate_host; Type: INDEX; Schema: tides; Owner: -
--

CREATE INDEX host_candidate_host ON tides.host_candidate USING btree (host_id);

--
-- Name: operator_decision_target; Type: INDEX; Schema: tides; Owner: -
--

CREATE INDEX operator_decision_target ON tides.operator_decision USING btree (tides_id) WHERE (undone_at IS NULL);

--
-- Name: selection_epoch_newest; Type: INDEX; Schema: tides; Owner: -
--

CREATE INDEX selection_epoch_newest ON tides.selection_epoch USING btree (kind, subject, selection_epoch_id DESC);

--
-- Name: selection_passed; Type: INDEX; Schema: tides; Owner: -
--

CREATE INDEX selection_passed ON tides.selection USING btree (survey, object_id, function, function_hash) WHERE passed;

--
-- Name: selection_unmerged; Type: INDEX; Schema: tides; Owner: -
--

CREATE INDEX selection_unmerged ON tides.selection USING btree (lane, survey, object_id) WHERE (merged_at IS NULL);

--
-- Name: tides_alias_target; Type: INDEX; Schema: tides; Owner: -
--

CREATE INDEX tides_alias_target ON tides.tides_alias USING btree (tides_id);

--
-- Name: tides_history_target; Type: INDEX; Schema: tides; Owner: -
--

CREATE INDEX tides_history_target ON tides.tides_history USING btree (tides_id, history_id);

--
-- Name: tides_hosts_dec; Type: INDEX; Schema: tides; Owner: -
--

CREATE INDEX tides_hosts_dec ON tides.tides_hosts USING btree ("dec");

--
-- Name: tides_master_active; Type: INDEX; Schema: tides; Owner: -
--

CREATE INDEX tides_master_active ON tides.tides_master USING btree (tides_id) WHERE active;

--
-- Name: tides_master_dec; Type: INDEX; Schema: tides; Owner: -
--

CREATE INDEX tides_master_dec ON tides.tides_master USING btree ("dec");

--
-- Name: tides_master_merged; Type: INDEX; Schema: tides; Owner: -
--

CREATE INDEX tides_master_merged ON tides.tides_master USING btree (merged_into) WHERE (merged_into IS NOT NULL);

--
-- Name: tides_history append_only; Type: TRIGGER; Schema: tides; Owner: -
--

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON tides.tides_history FOR EACH STATEMENT EXECUTE FUNCTION tides.refuse_change();

--
-- Name: operator_decision demand_target; Type: TRIGGER; Schema: tides; Owner: -
--

CREATE TRIGGER demand_target BEFORE INSERT OR UPDATE OF tides_id ON tides.operator_decision FOR EACH ROW EXECUTE FUNCTION tides.demand_target();

--
-- Name: tides_spectrum demand_target; Type: TRIGGER; Schema: tides; Owner: -
--

CREATE TRIGGER demand_target BEFORE INSERT OR UPDATE OF tides_id ON tides.tides_spectrum FOR EACH ROW EXECUTE FUNCTION tides.demand_target();

--
-- Name: fourmost_key note_created; Type: TRIGGER; Schema: tides; Owner: -
--

CREATE TRIGGER note_created AFTER INSERT ON tides.fourmost_key FOR EACH ROW WHEN ((new.status = 'current'::text)) EXECUTE FUNCTION tides.note_created();

--
-- Name: fourmost_target note_ingested; Type: TRIGGER; Schema: tides; Owner: -
--

CREATE TRIGGER note_ingested AFTER UPDATE OF date_ingested ON tides.fourmost_target FOR EACH ROW WHEN (((old.date_ingested IS NULL) AND (new.date_ingested IS NOT NULL))) EXECUTE FUNCTION tides.note_ingested();

--
-- Name: fourmost_target note_ingested_at_once; Type: TRIGGER; Schema: tides; Owner: -
--

CREATE TRIGGER note_ingested_at_once AFTER INSERT ON tides.fourmost_target FOR EACH ROW WHEN ((new.date_ingested IS NOT NULL)) EXECUTE FUNCTION tides.note_ingested();

--
-- Name: candidate_visit_target candidate_visit_target_visit_no_fkey; Type: FK CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.candidate_visit_target
    ADD CONSTRAINT candidate_visit_target_visit_no_fkey FOREIGN KEY (visit_no) REFERENCES tides.candidate_visit(visit_no) ON DELETE CASCADE;

--
-- Name: host_candidate host_candidate_host_id_fkey; Type: FK CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.host_candidate
    ADD CONSTRAINT host_candidate_host_id_fkey FOREIGN KEY (host_id) REFERENCES tides.tides_hosts(tides_id);

--
-- Name: host_candidate host_candidate_tides_id_fkey; Type: FK CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.host_candidate
    ADD CONSTRAINT host_candidate_tides_id_fkey FOREIGN KEY (tides_id) REFERENCES tides.tides_master(tides_id);

--
-- Name: target_band target_band_tides_id_fkey; Type: FK CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.target_band
    ADD CONSTRAINT target_band_tides_id_fkey FOREIGN KEY (tides_id) REFERENCES tides.tides_master(tides_id);

--
-- Name: tides_alias tides_alias_tides_id_fkey; Type: FK CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.tides_alias
    ADD CONSTRAINT tides_alias_tides_id_fkey FOREIGN KEY (tides_id) REFERENCES tides.tides_master(tides_id);

--
-- Name: tides_master tides_master_merged_into_fkey; Type: FK CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.tides_master
    ADD CONSTRAINT tides_master_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES tides.tides_master(tides_id);

--
-- Name: tides_master tides_master_same_place_as_fkey; Type: FK CONSTRAINT; Schema: tides; Owner: -
--

ALTER TABLE ONLY tides.tides_master
    ADD CONSTRAINT tides_master_same_place_as_fkey FOREIGN KEY (same_place_as) REFERENCES tides.tides_master(tides_id);

--
-- PostgreSQL database dump complete
--

