-- The rules that SQL steps share. Sources: the science rules in docs/architecture.md.

CREATE FUNCTION tides.jd_utc(moment timestamptz) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN extract(epoch FROM moment)::double precision / 86400 + 2440587.5;

CREATE FUNCTION tides.night(survey text, jd double precision) RETURNS integer
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN CASE survey
        WHEN 'ztf' THEN floor(jd - 2457754.5)::integer
        ELSE to_char(date '1858-11-17' + floor(jd - 2400001)::integer, 'YYYYMMDD')::integer
    END;
COMMENT ON FUNCTION tides.night IS 'The survey''s own night: ZTF nid (UTC days), Rubin day_obs YYYYMMDD (noon to noon UTC)';

CREATE FUNCTION tides.night_end_jd(survey text, night integer) RETURNS double precision
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN CASE survey
        WHEN 'ztf' THEN night + 2457755.5
        ELSE to_date(night::text, 'YYYYMMDD') - date '1858-11-17' + 2400002
    END;

CREATE FUNCTION tides.separation_arcsec(
    ra_1 double precision, dec_1 double precision, ra_2 double precision, dec_2 double precision
) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN 3600 * 2 * degrees(asin(least(1, sqrt(
        sind((dec_2 - dec_1) / 2) ^ 2 + cosd(dec_1) * cosd(dec_2) * sind((ra_2 - ra_1) / 2) ^ 2
    ))));
COMMENT ON FUNCTION tides.separation_arcsec IS 'Great-circle distance by the haversine formula; right ascension may wrap';

CREATE FUNCTION tides.galactic_latitude(ra_deg double precision, dec_deg double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN asind(greatest(-1, least(1,
        sind(dec_deg) * sind(27.12825) + cosd(dec_deg) * cosd(27.12825) * cosd(ra_deg - 192.85948)
    )));
COMMENT ON FUNCTION tides.galactic_latitude IS 'Degrees; ICRS position of the Galactic pole: Hipparcos catalogue, vol. 1, 1.5.3';

CREATE FUNCTION tides.target_name(prefix text, year integer, number integer) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
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

CREATE FUNCTION tides.draw_name(a_prefix text) RETURNS text
    LANGUAGE plpgsql AS $$
DECLARE
    this_year integer := extract(year FROM now() AT TIME ZONE 'UTC');
    drawn integer;
BEGIN
    INSERT INTO tides.name_counter AS c (prefix, year, next) VALUES (a_prefix, this_year, 1)
        ON CONFLICT (prefix, year) DO UPDATE SET next = c.next + 1
        RETURNING next - 1 INTO drawn;
    RETURN tides.target_name(a_prefix, this_year, drawn);
END $$;

CREATE FUNCTION tides.find_or_create_target(
    a_survey text, an_object_id text, a_ra double precision, a_dec double precision,
    a_first_jd double precision, a_last_jd double precision, a_template text,
    prefix text, radius_arcsec double precision, days double precision
) RETURNS integer
    LANGUAGE plpgsql AS $$
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
COMMENT ON FUNCTION tides.find_or_create_target IS
    'Under the master lock: the target that a survey''s object is, by position and time; only a really new one draws an id and a name';

CREATE FUNCTION tides.demand_keys(keys jsonb) RETURNS integer
    LANGUAGE plpgsql AS $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(format('%s (key %s)', k.name, k.pk), ', ' ORDER BY k.pk) INTO missing
        FROM jsonb_to_recordset(keys) AS k (id integer, pk bigint, name text)
        LEFT JOIN tides.tides_master AS m ON m.tides_id = k.id AND m.pk_4most = k.pk
        WHERE m.tides_id IS NULL;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION '4MOST gave keys in this run that the master lacks: %', missing
            USING HINT = 'see tides.fourmost_key for these targets; another key is current there';
    END IF;
    RETURN jsonb_array_length(keys);
END $$;

-- The tables of the bridge. Times are timestamptz; *_jd is JD UTC; angles are ICRS degrees; magnitudes are AB.
-- A CHECK with BETWEEN on a float also keeps NaN and infinity out: `max` and GREATEST would return them.

CREATE TABLE tides.stream_offset (
    lane         text NOT NULL,
    stream       text NOT NULL,
    partition    integer NOT NULL,
    topic_id     text,
    next_offset  bigint NOT NULL CHECK (next_offset >= 0),
    last_hash    bytea,
    caught_up_at timestamptz,
    PRIMARY KEY (lane, stream, partition)
);
COMMENT ON TABLE tides.stream_offset IS 'The true bookmark: written in the same transaction as what was read';
COMMENT ON COLUMN tides.stream_offset.last_hash IS 'sha256 of the message before next_offset: another one means that the log was changed';
COMMENT ON COLUMN tides.stream_offset.caught_up_at IS 'Until when the partition has been read to its end';

CREATE TABLE tides.candidate (
    lane            text NOT NULL,
    stream          text NOT NULL,
    object_id       text NOT NULL,
    survey          text NOT NULL,
    alert           jsonb NOT NULL,
    alert_hash      bytea NOT NULL,
    known_at        timestamptz NOT NULL,
    ra              double precision CHECK (ra BETWEEN 0 AND 360),
    dec             double precision CHECK (dec BETWEEN -90 AND 90),
    first_jd        double precision CHECK (first_jd BETWEEN 0 AND 1e7),
    last_jd         double precision CHECK (last_jd BETWEEN 0 AND 1e7),
    detections      integer,
    sherlock_class  text,
    bands           jsonb NOT NULL,
    messages        bigint NOT NULL,
    origin          text NOT NULL DEFAULT 'stream' CHECK (origin IN ('stream', 'audit', 'refresh', 'hand')),
    waiting         boolean NOT NULL DEFAULT true,
    waiting_since   timestamptz NOT NULL DEFAULT now(),
    attempts        integer NOT NULL DEFAULT 0,
    problem         text,
    PRIMARY KEY (lane, stream, object_id)
) WITH (fillfactor = 80);
CREATE INDEX candidate_waiting ON tides.candidate (lane, stream, known_at DESC) WHERE waiting;
CREATE INDEX candidate_object ON tides.candidate (lane, survey, object_id);
COMMENT ON TABLE tides.candidate IS 'Per lane, stream and object its newest alert';
COMMENT ON COLUMN tides.candidate.alert IS 'The message without its light curve and its UTC';
COMMENT ON COLUMN tides.candidate.known_at IS 'When the broker sent the newest alert: what was known, and when';
COMMENT ON COLUMN tides.candidate.bands IS 'From the message columns: band -> jd, mag, brightest';
COMMENT ON COLUMN tides.candidate.messages IS 'How many messages have been folded in';

CREATE TABLE tides.light_curve (
    lane        text NOT NULL,
    survey      text NOT NULL,
    object_id   text NOT NULL,
    raw         bytea NOT NULL,
    hash        bytea NOT NULL,
    source      text NOT NULL CHECK (source IN ('message', 'bulk', 'object')),
    alert_hash  bytea NOT NULL,
    stored_at   timestamptz NOT NULL DEFAULT now(),
    detections  integer,
    nights      integer,
    first_jd    double precision CHECK (first_jd BETWEEN 0 AND 1e7),
    last_jd     double precision CHECK (last_jd BETWEEN 0 AND 1e7),
    bands       jsonb,
    PRIMARY KEY (lane, survey, object_id)
) WITH (fillfactor = 80);
ALTER TABLE tides.light_curve ALTER COLUMN raw SET STORAGE EXTERNAL;
COMMENT ON TABLE tides.light_curve IS 'Per lane, survey and object the newest light curve, and what was measured on it';
COMMENT ON COLUMN tides.light_curve.raw IS 'The bytes as the broker sent them, zlib';
COMMENT ON COLUMN tides.light_curve.alert_hash IS 'The alert that this light curve was got for';
COMMENT ON COLUMN tides.light_curve.bands IS 'Band -> newest, current, brightest (jd, mag, err) and limit (jd, mag); NULL until judged';

CREATE TABLE tides.dead_letter (
    dead_letter_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lane           text NOT NULL,
    stream         text NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('message', 'object')),
    topic_id       text,
    partition      integer,
    "offset"       bigint,
    object_id      text,
    raw            bytea,
    reason         text NOT NULL,
    buried_at      timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX dead_letter_position ON tides.dead_letter (lane, stream, topic_id, partition, "offset")
    NULLS NOT DISTINCT WHERE kind = 'message';
CREATE UNIQUE INDEX dead_letter_object ON tides.dead_letter (lane, stream, object_id) WHERE kind = 'object';
COMMENT ON TABLE tides.dead_letter IS 'What could not be read (message) or judged (object), with the reason';

CREATE TABLE tides.survey_night (
    stream  text NOT NULL,
    night   integer NOT NULL,
    objects integer NOT NULL,
    PRIMARY KEY (stream, night)
);
COMMENT ON TABLE tides.survey_night IS 'How many distinct objects a stream brought whose last detection lies in a night';

CREATE TABLE tides.night_seen (
    stream    text NOT NULL,
    night     integer NOT NULL,
    object_id text NOT NULL,
    PRIMARY KEY (stream, night, object_id)
);
COMMENT ON TABLE tides.night_seen IS 'What survey_night has counted, so that nothing counts twice; of the last nights only';

CREATE TABLE tides.selection (
    selection_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lane          text NOT NULL,
    stream        text NOT NULL,
    survey        text NOT NULL,
    object_id     text NOT NULL,
    function      text NOT NULL,
    function_hash text NOT NULL,
    input_hash    text NOT NULL,
    as_of         timestamptz,
    passed        boolean NOT NULL,
    criteria      jsonb NOT NULL,
    trigger_jd    double precision CHECK (trigger_jd BETWEEN 0 AND 1e7),
    trigger_known timestamptz,
    detections    integer NOT NULL,
    first_jd      double precision,
    last_jd       double precision,
    code_version  text NOT NULL,
    run_id        text NOT NULL,
    judged_at     timestamptz NOT NULL DEFAULT now(),
    merged_at     timestamptz,
    UNIQUE NULLS NOT DISTINCT (lane, survey, object_id, function, function_hash, input_hash, as_of)
);
CREATE INDEX selection_unmerged ON tides.selection (lane, survey, object_id) WHERE merged_at IS NULL;
CREATE INDEX selection_passed ON tides.selection (survey, object_id, function, function_hash) WHERE passed;
COMMENT ON TABLE tides.selection IS 'Verdicts, by content: the same light curve under the same function is judged once';

CREATE TABLE tides.name_counter (
    prefix text NOT NULL,
    year   integer NOT NULL,
    next   integer NOT NULL CHECK (next >= 0),
    PRIMARY KEY (prefix, year)
);
COMMENT ON TABLE tides.name_counter IS 'The next target name of each prefix and UTC year';

CREATE TABLE tides.tides_master (
    tides_id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name            text NOT NULL UNIQUE,
    ra              double precision NOT NULL CHECK (ra BETWEEN 0 AND 360),
    dec             double precision NOT NULL CHECK (dec BETWEEN -90 AND 90),
    position_survey text NOT NULL,
    reachable       boolean NOT NULL,
    template        text NOT NULL,
    jdmin           double precision CHECK (jdmin BETWEEN 0 AND 1e7),
    jdmax           double precision CHECK (jdmax BETWEEN 0 AND 1e7),
    magrmin         double precision CHECK (magrmin BETWEEN -30 AND 60),
    maggmin         double precision CHECK (maggmin BETWEEN -30 AND 60),
    rmag            double precision CHECK (rmag BETWEEN -30 AND 60),
    gmag            double precision CHECK (gmag BETWEEN -30 AND 60),
    jdgmax          double precision CHECK (jdgmax BETWEEN 0 AND 1e7),
    jdrmax          double precision CHECK (jdrmax BETWEEN 0 AND 1e7),
    ncandgp         integer,
    sherlock_class  text,
    active          boolean NOT NULL DEFAULT false,
    reason          text NOT NULL DEFAULT 'new',
    active_since    timestamptz,
    same_place_as   integer REFERENCES tides.tides_master,
    pk_4most        bigint UNIQUE,
    ostd_targ_id    bigint,
    ostd_u_obj_id   bigint,
    created         timestamptz NOT NULL DEFAULT now(),
    updated         timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE INDEX tides_master_dec ON tides.tides_master (dec);
CREATE INDEX tides_master_active ON tides.tides_master (tides_id) WHERE active;
COMMENT ON TABLE tides.tides_master IS 'One row a target';
COMMENT ON COLUMN tides.tides_master.active IS 'Live or not; computed by deactivate_unobserved.sql alone';
COMMENT ON COLUMN tides.tides_master.reason IS 'Why it is, or is not, active';
COMMENT ON COLUMN tides.tides_master.same_place_as IS 'An older target at this position, active too long before to be the same';
COMMENT ON COLUMN tides.tides_master.pk_4most IS 'The current primary key at 4MOST; all of them are in fourmost_key';

CREATE TABLE tides.tides_alias (
    survey     text NOT NULL,
    object_id  text NOT NULL,
    tides_id   integer NOT NULL REFERENCES tides.tides_master,
    ra         double precision CHECK (ra BETWEEN 0 AND 360),
    dec        double precision CHECK (dec BETWEEN -90 AND 90),
    seen_jd    double precision CHECK (seen_jd BETWEEN 0 AND 1e7),
    known_at   timestamptz,
    first_jd   double precision CHECK (first_jd BETWEEN 0 AND 1e7),
    last_jd    double precision CHECK (last_jd BETWEEN 0 AND 1e7),
    ncandgp    integer,
    sherlock_class text,
    faint      boolean NOT NULL DEFAULT false,
    since      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (survey, object_id)
) WITH (fillfactor = 80);
CREATE INDEX tides_alias_target ON tides.tides_alias (tides_id);
COMMENT ON TABLE tides.tides_alias IS 'A survey''s object -> the target that it is';
COMMENT ON COLUMN tides.tides_alias.seen_jd IS 'Last detection of any kind, by its newest alert: the date of position, class and count';
COMMENT ON COLUMN tides.tides_alias.first_jd IS 'First counted detection (griz, positive, S/N >= 5) by this survey';
COMMENT ON COLUMN tides.tides_alias.last_jd IS 'Last counted detection by this survey';
COMMENT ON COLUMN tides.tides_alias.faint IS 'Whether this survey sees it as faded: remembered, for the hysteresis';

CREATE TABLE tides.target_band (
    tides_id      integer NOT NULL REFERENCES tides.tides_master,
    survey        text NOT NULL,
    band          text NOT NULL CHECK (band IN ('u', 'g', 'r', 'i', 'z', 'y')),
    newest_jd     double precision CHECK (newest_jd BETWEEN 0 AND 1e7),
    newest_mag    double precision CHECK (newest_mag BETWEEN -30 AND 60),
    newest_err    double precision CHECK (newest_err BETWEEN 0 AND 1e6),
    current_jd    double precision CHECK (current_jd BETWEEN 0 AND 1e7),
    current_mag   double precision CHECK (current_mag BETWEEN -30 AND 60),
    current_err   double precision CHECK (current_err BETWEEN 0 AND 1e6),
    brightest_jd  double precision CHECK (brightest_jd BETWEEN 0 AND 1e7),
    brightest_mag double precision CHECK (brightest_mag BETWEEN -30 AND 60),
    brightest_err double precision CHECK (brightest_err BETWEEN 0 AND 1e6),
    limit_jd      double precision CHECK (limit_jd BETWEEN 0 AND 1e7),
    limit_mag     double precision CHECK (limit_mag BETWEEN -30 AND 60),
    PRIMARY KEY (tides_id, survey, band)
) WITH (fillfactor = 80);
COMMENT ON TABLE tides.target_band IS 'Per target, survey and band its magnitudes, each with its own date';
COMMENT ON COLUMN tides.target_band.current_mag IS 'Brightest counted detection in the survey''s window before the newest one';

CREATE TABLE tides.fourmost_target (
    kind          text NOT NULL CHECK (kind IN ('sn', 'host')),
    id            integer NOT NULL,
    name          text NOT NULL,
    state         text NOT NULL CHECK (state IN ('live', 'inactive', 'absent')),
    wanted        jsonb,
    problem       text,
    told          jsonb,
    told_at       timestamptz,
    before_told   jsonb,
    sending_since timestamptz,
    attempt       integer NOT NULL DEFAULT 0,
    refusal       text,
    refused       jsonb,
    date_latest   double precision CHECK (date_latest BETWEEN 0 AND 1e7),
    date_ingested timestamptz,
    PRIMARY KEY (kind, id)
) WITH (fillfactor = 80);
CREATE INDEX fourmost_target_open ON tides.fourmost_target (kind, id) WHERE wanted IS DISTINCT FROM told;
COMMENT ON TABLE tides.fourmost_target IS 'What we want of a target at 4MOST beside what 4MOST was last told';
COMMENT ON COLUMN tides.fourmost_target.wanted IS 'The whole row wanted at 4MOST, is_active included; NULL while it cannot be sent';
COMMENT ON COLUMN tides.fourmost_target.problem IS 'Why it cannot be sent';
COMMENT ON COLUMN tides.fourmost_target.told IS 'What 4MOST holds, by its own last answer; NULL: unknown, or never told';
COMMENT ON COLUMN tides.fourmost_target.before_told IS 'What told was before the request under way: put back when the request surely did nothing';
COMMENT ON COLUMN tides.fourmost_target.sending_since IS 'A request is under way, or its outcome is unknown, since';
COMMENT ON COLUMN tides.fourmost_target.refused IS 'The row that 4MOST refused: not sent again until it differs';

CREATE TABLE tides.fourmost_key (
    pk     bigint PRIMARY KEY,
    kind   text NOT NULL CHECK (kind IN ('sn', 'host')),
    id     integer NOT NULL,
    name   text NOT NULL,
    status text NOT NULL CHECK (status IN ('current', 'double', 'deleted', 'foreign')),
    learnt_how text NOT NULL,
    learnt_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX fourmost_key_current ON tides.fourmost_key (kind, id) WHERE status = 'current';
COMMENT ON TABLE tides.fourmost_key IS 'Every primary key that 4MOST ever gave us';

CREATE TABLE tides.lasair_call (
    token text NOT NULL,
    hour  timestamptz NOT NULL,
    calls integer NOT NULL,
    PRIMARY KEY (token, hour)
);
COMMENT ON TABLE tides.lasair_call IS 'The quota''s ledger: calls are taken before they are made. token is a digest';

CREATE TABLE tides.event (
    event_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind      text NOT NULL,
    subject   text NOT NULL,
    detail    jsonb NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    seen      integer NOT NULL DEFAULT 1,
    closed_at timestamptz
);
CREATE UNIQUE INDEX event_open ON tides.event (kind, subject) WHERE closed_at IS NULL;
COMMENT ON TABLE tides.event IS 'What an operator should know: gaps, recreated topics, changed logs';

CREATE TABLE tides.bridge_run (
    run_id       text PRIMARY KEY,
    lane         text NOT NULL,
    started_at   timestamptz NOT NULL,
    ended_at     timestamptz NOT NULL,
    window_start timestamptz,
    window_end   timestamptz,
    good         boolean NOT NULL,
    counts       jsonb NOT NULL,
    report       text NOT NULL,
    code_version text NOT NULL
);
CREATE INDEX bridge_run_ended ON tides.bridge_run (ended_at);
COMMENT ON TABLE tides.bridge_run IS 'One row a run, kept whatever becomes of Airflow''s own tables';
