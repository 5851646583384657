-- What a verdict was made from is kept, so that it can be made again; and what the sample shows of a target is kept as
-- it was, so that an export of a day is the same on each later day.

CREATE TABLE tides.judged_curve (
    survey    text NOT NULL,
    object_id text NOT NULL,
    hash      bytea NOT NULL,
    raw       bytea NOT NULL,
    PRIMARY KEY (survey, object_id, hash)
);
ALTER TABLE tides.judged_curve ALTER COLUMN raw SET STORAGE EXTERNAL;
COMMENT ON TABLE tides.judged_curve IS 'The light curves that selection_input names, each once';
COMMENT ON COLUMN tides.judged_curve.hash IS 'sha256 of the bytes as the broker sent them';
COMMENT ON COLUMN tides.judged_curve.raw IS 'The bytes as the broker sent them, zlib';

CREATE TABLE tides.selection_input (
    selection_id   bigint PRIMARY KEY,
    survey         text NOT NULL,
    object_id      text NOT NULL,
    hash           bytea NOT NULL,
    known_until_jd double precision,
    sent_jd        double precision,
    columns        jsonb NOT NULL,
    contexts       jsonb NOT NULL,
    FOREIGN KEY (survey, object_id, hash) REFERENCES tides.judged_curve
);
CREATE INDEX selection_input_curve ON tides.selection_input (survey, object_id, hash);
COMMENT ON TABLE tides.selection_input IS
    'What a verdict was made from: of each lane, object, function and hash the first pass and the last failure';
COMMENT ON COLUMN tides.selection_input.known_until_jd IS 'The light curve was cut there (JD UTC); NULL: it was not';
COMMENT ON COLUMN tides.selection_input.sent_jd IS 'When the light curve was sent (JD UTC): later points were left out';
COMMENT ON COLUMN tides.selection_input.columns IS 'The columns of the alert that the function read';
COMMENT ON COLUMN tides.selection_input.contexts IS 'The same as said before, each until a detection (JD UTC); the oldest first';

CREATE TABLE tides.past (
    past_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind    text NOT NULL,
    key     jsonb NOT NULL,
    content jsonb,
    at      timestamptz NOT NULL,
    seed    boolean NOT NULL DEFAULT false
);
CREATE INDEX past_key ON tides.past (kind, key, past_id DESC);
COMMENT ON TABLE tides.past IS 'How rows that are overwritten stood at each time, for the export of the sample; append-only';
COMMENT ON COLUMN tides.past.kind IS 'The table';
COMMENT ON COLUMN tides.past.key IS 'Its key';
COMMENT ON COLUMN tides.past.content IS 'The columns that the sample shows, from then on; NULL: the row was deleted';
COMMENT ON COLUMN tides.past.seed IS 'How it stood when this table was made: what was before is not known';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tides.past
    EXECUTE FUNCTION tides.refuse_change();

CREATE FUNCTION tides.keep_past() RETURNS trigger
    LANGUAGE plpgsql AS $$
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

-- Of each table: its key, the columns of which each change is kept, and those that are kept beside them. Positions of
-- targets change a little with each alert: they are kept as they stand when anything else changes.
CREATE TRIGGER past AFTER INSERT OR DELETE OR UPDATE OF
    name, position_survey, reachable, template, control, active, why, same_place_as, pk_4most, ostd_targ_id,
    ostd_u_obj_id, merged_into
    ON tides.tides_master FOR EACH ROW EXECUTE FUNCTION tides.keep_past(
        'tides_id',
        'name position_survey reachable template control active why same_place_as pk_4most ostd_targ_id ostd_u_obj_id merged_into',
        'ra dec active_since'
    );

CREATE TRIGGER past AFTER INSERT OR DELETE OR UPDATE OF survey, object_id, tides_id ON tides.tides_alias
    FOR EACH ROW EXECUTE FUNCTION tides.keep_past('survey object_id', 'tides_id');

CREATE TRIGGER past AFTER INSERT OR DELETE OR UPDATE ON tides.tides_context FOR EACH ROW EXECUTE FUNCTION tides.keep_past(
    'survey object_id', 'sherlock_class tns_name tns_type redshift host_redshift reclassified'
);

CREATE TRIGGER past AFTER INSERT OR DELETE OR UPDATE ON tides.tides_hosts FOR EACH ROW EXECUTE FUNCTION tides.keep_past(
    'tides_id',
    'name catalogue catalogue_id ra dec redshift photo_z band mag mag_err radius_arcsec active why pk_4most ostd_targ_id ostd_u_obj_id',
    'active_since'
);

CREATE TRIGGER past AFTER INSERT OR DELETE OR UPDATE ON tides.host_candidate FOR EACH ROW
    EXECUTE FUNCTION tides.keep_past('tides_id host_id', 'rank separation_arcsec');

CREATE TRIGGER past AFTER INSERT OR DELETE OR UPDATE ON tides.tides_spectrum FOR EACH ROW
    EXECUTE FUNCTION tides.keep_past('tides_id night source', 'state snr');

CREATE TRIGGER past AFTER INSERT OR DELETE OR UPDATE ON tides.operator_decision FOR EACH ROW
    EXECUTE FUNCTION tides.keep_past('decision_id', 'verb tides_id ra dec radius_arcsec reason undone_at');

CREATE TRIGGER past_ingested_at_once AFTER INSERT ON tides.fourmost_target FOR EACH ROW
    WHEN (NEW.date_ingested IS NOT NULL)
    EXECUTE FUNCTION tides.keep_past('id', 'date_ingested');
CREATE TRIGGER past AFTER DELETE OR UPDATE OF date_ingested ON tides.fourmost_target FOR EACH ROW
    EXECUTE FUNCTION tides.keep_past('id', 'date_ingested');

-- How everything stands now, by what the triggers keep.
INSERT INTO tides.past (kind, key, content, at, seed)
SELECT
    g.kind,
    (SELECT jsonb_object_agg(n, g.a_row -> n) FROM string_to_table(g.key, ' ') AS n),
    (SELECT jsonb_object_agg(n, g.a_row -> n) FROM string_to_table(g.content, ' ') AS n),
    now(),
    true
FROM (
    SELECT 'tides_master' AS kind, 'tides_id' AS key,
        'name position_survey reachable template control active why same_place_as pk_4most ostd_targ_id ostd_u_obj_id merged_into ra dec active_since' AS content,
        to_jsonb(t.*) AS a_row FROM tides.tides_master AS t
    UNION ALL
    SELECT 'tides_alias' AS kind, 'survey object_id' AS key,
        'tides_id' AS content,
        to_jsonb(t.*) AS a_row FROM tides.tides_alias AS t
    UNION ALL
    SELECT 'tides_context' AS kind, 'survey object_id' AS key,
        'sherlock_class tns_name tns_type redshift host_redshift reclassified' AS content,
        to_jsonb(t.*) AS a_row FROM tides.tides_context AS t
    UNION ALL
    SELECT 'tides_hosts' AS kind, 'tides_id' AS key,
        'name catalogue catalogue_id ra dec redshift photo_z band mag mag_err radius_arcsec active why pk_4most ostd_targ_id ostd_u_obj_id active_since' AS content,
        to_jsonb(t.*) AS a_row FROM tides.tides_hosts AS t
    UNION ALL
    SELECT 'host_candidate' AS kind, 'tides_id host_id' AS key,
        'rank separation_arcsec' AS content,
        to_jsonb(t.*) AS a_row FROM tides.host_candidate AS t
    UNION ALL
    SELECT 'tides_spectrum' AS kind, 'tides_id night source' AS key,
        'state snr' AS content,
        to_jsonb(t.*) AS a_row FROM tides.tides_spectrum AS t
    UNION ALL
    SELECT 'operator_decision' AS kind, 'decision_id' AS key,
        'verb tides_id ra dec radius_arcsec reason undone_at' AS content,
        to_jsonb(t.*) AS a_row FROM tides.operator_decision AS t
    UNION ALL
    SELECT 'fourmost_target' AS kind, 'id' AS key,
        'date_ingested' AS content,
        to_jsonb(t.*) AS a_row FROM tides.fourmost_target AS t WHERE date_ingested IS NOT NULL
) AS g;
