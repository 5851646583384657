-- What the report counts over all history is kept as it changes, and what it looks for has an index: an hour's report
-- costs the same after years. Triggers note what may have changed; the report counts that anew (reports/count_anew.sql).
CREATE TABLE tides.to_count (
    survey    text NOT NULL,
    object_id text NOT NULL
);
COMMENT ON TABLE tides.to_count IS 'Objects that may count otherwise than in counted_object, by triggers; an object may stand here more than once';

CREATE TABLE tides.counted_object (
    survey      text NOT NULL,
    object_id   text NOT NULL,
    stream      text NOT NULL,
    selected    boolean NOT NULL,
    live        boolean NOT NULL,
    unreachable boolean NOT NULL,
    at_4most    boolean NOT NULL,
    PRIMARY KEY (survey, object_id, stream)
);
COMMENT ON TABLE tides.counted_object IS 'As what each candidate of the live lane is counted in stream_count';

CREATE TABLE tides.stream_count (
    stream      text PRIMARY KEY,
    objects     bigint NOT NULL,
    selected    bigint NOT NULL,
    live        bigint NOT NULL,
    unreachable bigint NOT NULL,
    at_4most    bigint NOT NULL
);
COMMENT ON TABLE tides.stream_count IS 'Of each stream the objects that it has brought in the live lane, and their states, as last counted';

CREATE TABLE tides.target_count (
    kind      text NOT NULL CHECK (kind IN ('sn', 'host')),
    why       text,
    reachable boolean,
    merged    boolean,
    n         bigint NOT NULL
);
COMMENT ON TABLE tides.target_count IS 'How many targets and hosts there are: the sum of n. Triggers add rows, and the report sums them up';

CREATE FUNCTION tides.note_to_count() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    RETURN NULL;
END $$;

CREATE FUNCTION tides.note_target_count() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    RETURN NULL;
END $$;

-- The lane, the stream and the id of a candidate never change, nor whether a stored verdict passed.
CREATE TRIGGER to_count AFTER INSERT ON tides.candidate REFERENCING NEW TABLE AS changed
    EXECUTE FUNCTION tides.note_to_count();
CREATE TRIGGER to_count_no_more AFTER DELETE ON tides.candidate REFERENCING OLD TABLE AS changed
    EXECUTE FUNCTION tides.note_to_count();
CREATE TRIGGER to_count AFTER INSERT ON tides.selection REFERENCING NEW TABLE AS changed
    EXECUTE FUNCTION tides.note_to_count();
CREATE TRIGGER to_count_no_more AFTER DELETE ON tides.selection REFERENCING OLD TABLE AS changed
    EXECUTE FUNCTION tides.note_to_count();
CREATE TRIGGER to_count AFTER INSERT OR DELETE OR UPDATE OF survey, object_id, tides_id ON tides.tides_alias
    FOR EACH ROW EXECUTE FUNCTION tides.note_to_count();
CREATE TRIGGER to_count AFTER UPDATE OF active, reachable, pk_4most ON tides.tides_master
    FOR EACH ROW
    WHEN ((OLD.active, OLD.reachable, OLD.pk_4most IS NULL) IS DISTINCT FROM (NEW.active, NEW.reachable, NEW.pk_4most IS NULL))
    EXECUTE FUNCTION tides.note_to_count();

CREATE TRIGGER counted AFTER INSERT OR DELETE OR UPDATE OF why, reachable, merged_into ON tides.tides_master
    FOR EACH ROW EXECUTE FUNCTION tides.note_target_count();
CREATE TRIGGER counted AFTER INSERT OR DELETE ON tides.tides_hosts
    FOR EACH ROW EXECUTE FUNCTION tides.note_target_count();

-- What there is already.
INSERT INTO tides.to_count (survey, object_id)
SELECT survey, object_id FROM tides.candidate WHERE lane = 'live';
INSERT INTO tides.target_count (kind, why, reachable, merged, n)
SELECT 'sn', why::text, reachable, merged_into IS NOT NULL, count(*) FROM tides.tides_master GROUP BY 2, 3, 4
UNION ALL
SELECT 'host', NULL, NULL, NULL, count(*) FROM tides.tides_hosts;

CREATE INDEX candidate_problem ON tides.candidate (lane) WHERE problem IS NOT NULL;
CREATE INDEX candidate_without_position ON tides.candidate (lane, survey, object_id) WHERE ra IS NULL OR dec IS NULL;
CREATE INDEX dead_letter_buried ON tides.dead_letter (buried_at);
CREATE INDEX event_lost ON tides.event (last_seen_at) WHERE kind = 'broker lost';
CREATE INDEX selection_run ON tides.selection (run_id);
CREATE INDEX tides_alias_unplaced ON tides.tides_alias (survey) WHERE cell IS NULL;
CREATE INDEX tides_master_created ON tides.tides_master (created);
CREATE INDEX tides_master_updated ON tides.tides_master (updated);
CREATE INDEX tides_master_unasked ON tides.tides_master (tides_id)
    WHERE hosts_asked_at IS NULL AND reachable AND merged_into IS NULL;
