-- Which targets and hosts an hour must judge anew: those of which something has changed, noted by triggers, and those that
-- time alone may change. So the hour's cost follows its work, and not all that was ever selected.
CREATE TABLE tides.changed_target (
    changed_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tides_id   integer
);
COMMENT ON TABLE tides.changed_target IS 'Targets and hosts of which something has changed since they were judged; targets/judge_targets.sql takes the rows out';
COMMENT ON COLUMN tides.changed_target.tides_id IS 'A target or a host, also several times; NULL: all of them';
INSERT INTO tides.changed_target (tides_id) VALUES (NULL);

CREATE TABLE tides.judged_until (
    survey   text PRIMARY KEY,
    as_of    timestamptz NOT NULL,
    since_jd double precision NOT NULL
);
COMMENT ON TABLE tides.judged_until IS 'Until when the live rule has been asked, a row a survey';
COMMENT ON COLUMN tides.judged_until.since_jd IS 'JD UTC: time alone may change what the survey says of an object that it has seen since then';

CREATE TABLE tides.host_limits (
    one                 boolean PRIMARY KEY DEFAULT true CHECK (one),
    queue               boolean NOT NULL,
    not_for             jsonb NOT NULL,
    unseen_days         double precision NOT NULL,
    faint_mag           double precision NOT NULL,
    skip_known_redshift boolean NOT NULL
);
COMMENT ON TABLE tides.host_limits IS 'The settings by which the newest live run wanted hosts';

CREATE INDEX tides_alias_seen ON tides.tides_alias (survey, greatest(last_jd, seen_jd));
CREATE INDEX tides_master_waits ON tides.tides_master (tides_id) WHERE why IN ('new', 'between_epochs');
CREATE INDEX host_candidate_first ON tides.host_candidate (host_id) WHERE rank = 1;

CREATE FUNCTION tides.note_changed() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    RETURN NULL;
END $$;

CREATE FUNCTION tides.note_changed_row() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    RETURN NULL;
END $$;

CREATE FUNCTION tides.note_changed_all() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    RETURN NULL;
END $$;

CREATE TRIGGER changed_by_insert AFTER INSERT ON tides.tides_alias REFERENCING NEW TABLE AS changed
    EXECUTE FUNCTION tides.note_changed();
CREATE TRIGGER changed_by_update AFTER UPDATE ON tides.tides_alias REFERENCING NEW TABLE AS changed
    EXECUTE FUNCTION tides.note_changed();
CREATE TRIGGER changed_by_delete AFTER DELETE ON tides.tides_alias REFERENCING OLD TABLE AS changed
    EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_insert AFTER INSERT ON tides.target_band REFERENCING NEW TABLE AS changed
    EXECUTE FUNCTION tides.note_changed();
CREATE TRIGGER changed_by_update AFTER UPDATE ON tides.target_band REFERENCING NEW TABLE AS changed
    EXECUTE FUNCTION tides.note_changed();
CREATE TRIGGER changed_by_delete AFTER DELETE ON tides.target_band REFERENCING OLD TABLE AS changed
    EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_insert AFTER INSERT ON tides.tides_spectrum REFERENCING NEW TABLE AS changed
    EXECUTE FUNCTION tides.note_changed();
CREATE TRIGGER changed_by_update AFTER UPDATE ON tides.tides_spectrum REFERENCING NEW TABLE AS changed
    EXECUTE FUNCTION tides.note_changed();
CREATE TRIGGER changed_by_delete AFTER DELETE ON tides.tides_spectrum REFERENCING OLD TABLE AS changed
    EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_insert AFTER INSERT ON tides.listed REFERENCING NEW TABLE AS changed
    EXECUTE FUNCTION tides.note_changed();
CREATE TRIGGER changed_by_update AFTER UPDATE ON tides.listed REFERENCING NEW TABLE AS changed
    EXECUTE FUNCTION tides.note_changed();
CREATE TRIGGER changed_by_delete AFTER DELETE ON tides.listed REFERENCING OLD TABLE AS changed
    EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_insert AFTER INSERT ON tides.host_candidate REFERENCING NEW TABLE AS changed
    EXECUTE FUNCTION tides.note_changed();
CREATE TRIGGER changed_by_update AFTER UPDATE ON tides.host_candidate REFERENCING NEW TABLE AS changed
    EXECUTE FUNCTION tides.note_changed();
CREATE TRIGGER changed_by_delete AFTER DELETE ON tides.host_candidate REFERENCING OLD TABLE AS changed
    EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_insert AFTER INSERT ON tides.tides_context REFERENCING NEW TABLE AS changed
    EXECUTE FUNCTION tides.note_changed();
CREATE TRIGGER changed_by_update AFTER UPDATE ON tides.tides_context REFERENCING NEW TABLE AS changed
    EXECUTE FUNCTION tides.note_changed();
CREATE TRIGGER changed_by_delete AFTER DELETE ON tides.tides_context REFERENCING OLD TABLE AS changed
    EXECUTE FUNCTION tides.note_changed();

CREATE TRIGGER changed_by_insert AFTER INSERT ON tides.tides_master REFERENCING NEW TABLE AS changed
    EXECUTE FUNCTION tides.note_changed();
CREATE TRIGGER changed AFTER UPDATE OF
    name, ra, dec, reachable, sherlock_class, active, why, why_detail, reactivated_jd, merged_into ON tides.tides_master
    FOR EACH ROW EXECUTE FUNCTION tides.note_changed_row();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OF name, ra, dec, redshift, active, why, why_detail ON tides.tides_hosts
    FOR EACH ROW EXECUTE FUNCTION tides.note_changed_row();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON tides.operator_decision
    FOR EACH ROW EXECUTE FUNCTION tides.note_changed_row();

CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON tides.live_limits
    FOR EACH ROW EXECUTE FUNCTION tides.note_changed_all();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON tides.survey_limits
    FOR EACH ROW EXECUTE FUNCTION tides.note_changed_all();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON tides.host_limits
    FOR EACH ROW EXECUTE FUNCTION tides.note_changed_all();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON tides.function_in_use
    FOR EACH ROW EXECUTE FUNCTION tides.note_changed_all();
CREATE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON tides.survey
    FOR EACH ROW EXECUTE FUNCTION tides.note_changed_all();

-- A survey's days of silence only grow, until a partition is not read to its end any more, or read for the first time.
CREATE TRIGGER changed AFTER UPDATE OF caught_up_at ON tides.stream_offset
    FOR EACH ROW WHEN (NEW.lane = 'live' AND OLD.caught_up_at IS DISTINCT FROM NEW.caught_up_at
        AND NOT coalesce(NEW.caught_up_at > OLD.caught_up_at, false))
    EXECUTE FUNCTION tides.note_changed_all();
CREATE TRIGGER changed_by_insert AFTER INSERT ON tides.stream_offset
    FOR EACH ROW WHEN (NEW.lane = 'live')
    EXECUTE FUNCTION tides.note_changed_all();
CREATE TRIGGER changed_by_delete AFTER DELETE ON tides.stream_offset
    FOR EACH ROW WHEN (OLD.lane = 'live')
    EXECUTE FUNCTION tides.note_changed_all();
