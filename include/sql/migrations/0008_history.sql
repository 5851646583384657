-- What happened to a target, step by step: the states of tides/targets/states.py.

CREATE TABLE tides.tides_history (
    history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tides_id   integer NOT NULL REFERENCES tides.tides_master,
    step       text NOT NULL CHECK (step IN ('selected', 'created', 'ingested', 'deactivated', 'reactivated')),
    reason     text NOT NULL,
    by         text NOT NULL DEFAULT coalesce(nullif(current_setting('tides.by', true), ''), session_user),
    at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX tides_history_target ON tides.tides_history (tides_id, history_id);
COMMENT ON TABLE tides.tides_history IS 'Every step of every target, with the reason in words; append-only';
COMMENT ON COLUMN tides.tides_history.by IS 'The run or the person: the session''s setting tides.by, else its role';

CREATE FUNCTION tides.refuse_change() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'tides.% is append-only', TG_TABLE_NAME USING HINT = 'write a further row that says what is right';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tides.tides_history
    EXECUTE FUNCTION tides.refuse_change();

-- Created and ingested are learnt on several ways (an answer, a look-up, reconcile): noted where they are written.
CREATE FUNCTION tides.note_created() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tides.tides_history (tides_id, step, reason)
        VALUES (NEW.id, 'created', format('key %s at 4MOST as %s, learnt by: %s', NEW.pk, NEW.name, NEW.learnt_how));
    RETURN NULL;
END $$;

CREATE TRIGGER note_created AFTER INSERT ON tides.fourmost_key
    FOR EACH ROW WHEN (NEW.kind = 'sn' AND NEW.status = 'current')
    EXECUTE FUNCTION tides.note_created();

CREATE FUNCTION tides.note_ingested() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tides.tides_history (tides_id, step, reason)
        VALUES (NEW.id, 'ingested', format(
            'into 4MOST''s operations system at %s UTC', to_char(NEW.date_ingested AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')
        ));
    RETURN NULL;
END $$;

CREATE TRIGGER note_ingested AFTER UPDATE OF date_ingested ON tides.fourmost_target
    FOR EACH ROW WHEN (NEW.kind = 'sn' AND OLD.date_ingested IS NULL AND NEW.date_ingested IS NOT NULL)
    EXECUTE FUNCTION tides.note_ingested();

CREATE TRIGGER note_ingested_at_once AFTER INSERT ON tides.fourmost_target
    FOR EACH ROW WHEN (NEW.kind = 'sn' AND NEW.date_ingested IS NOT NULL)
    EXECUTE FUNCTION tides.note_ingested();

-- A target that reappears after a long silence is recurrent, and live again by hand only.
ALTER TABLE tides.light_curve ADD COLUMN resumed_jd double precision CHECK (resumed_jd BETWEEN 0 AND 1e7);
ALTER TABLE tides.tides_alias ADD COLUMN resumed_jd double precision CHECK (resumed_jd BETWEEN 0 AND 1e7);
ALTER TABLE tides.tides_master ADD COLUMN reactivated_jd double precision CHECK (reactivated_jd BETWEEN 0 AND 1e7);
COMMENT ON COLUMN tides.tides_alias.resumed_jd IS 'First counted detection after the newest long silence';
COMMENT ON COLUMN tides.tides_master.reactivated_jd IS 'A person lets reappearances up to this date count as live';

-- Rows at 4MOST under our prefix and survey that this database knows nothing of.

CREATE TABLE tides.fourmost_stray (
    pk             bigint PRIMARY KEY,
    name           text NOT NULL,
    survey_id      integer NOT NULL,
    ra             double precision NOT NULL CHECK (ra BETWEEN 0 AND 360),
    dec            double precision NOT NULL CHECK (dec BETWEEN -90 AND 90),
    date_submitted timestamptz,
    first_seen     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX fourmost_stray_dec ON tides.fourmost_stray (dec);
COMMENT ON TABLE tides.fourmost_stray IS
    'Rows at 4MOST that bear our prefix and that we do not know: from before a restore, or another bridge''s';

CREATE FUNCTION tides.name_number(letters text) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (
        SELECT sum((ascii(substr(letters, place, 1)) - 97) * (26::numeric ^ (length(letters) - place)))::bigint
        FROM generate_series(1, length(letters)) AS place
    ) + CASE length(letters) WHEN 4 THEN 17576 ELSE 0 END;
COMMENT ON FUNCTION tides.name_number IS 'The inverse of target_name: aaa is 0, zzz 17575, aaaa 17576';
