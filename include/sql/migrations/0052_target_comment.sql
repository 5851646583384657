-- What people say of a target stays with it, and says who and when.
CREATE TABLE tides.target_comment (
    comment_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tides_id   integer NOT NULL,
    at         timestamptz NOT NULL DEFAULT now(),
    by         text NOT NULL CHECK (by <> ''),
    words      text NOT NULL CHECK (words <> '')
);
COMMENT ON TABLE tides.target_comment IS 'What people say of targets and hosts; append-only';
COMMENT ON COLUMN tides.target_comment.by IS 'The person who says it';
CREATE INDEX target_comment_target ON tides.target_comment (tides_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tides.target_comment FOR EACH STATEMENT
    EXECUTE FUNCTION tides.refuse_change();
CREATE TRIGGER demand_target BEFORE INSERT ON tides.target_comment FOR EACH ROW EXECUTE FUNCTION tides.demand_target();
