-- Which objects the daily audit must look at before it tells Lasair: those of which something has changed. So its cost
-- follows the day's changes, and not all that was ever selected.
CREATE TABLE tides.to_annotate (
    survey    text,
    object_id text,
    noted_id  bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (survey, object_id)
);
COMMENT ON TABLE tides.to_annotate IS 'Objects of which Lasair may not have been told the newest; archive/annotations_to_send.sql takes out what it knows';
COMMENT ON COLUMN tides.to_annotate.noted_id IS 'A new number each time that the object is noted: what is noted meanwhile is not taken out';

CREATE TABLE tides.annotated_as (
    survey text PRIMARY KEY,
    said   jsonb
);
COMMENT ON TABLE tides.annotated_as IS 'The surveys whose objects are noted in to_annotate';
COMMENT ON COLUMN tides.annotated_as.said IS 'The topic, code and functions for which all objects were noted; NULL: not yet';

-- The other columns of targets that Lasair is told have such triggers already.
CREATE TRIGGER changed_key AFTER UPDATE OF pk_4most ON tides.tides_master
    FOR EACH ROW WHEN (OLD.pk_4most IS DISTINCT FROM NEW.pk_4most)
    EXECUTE FUNCTION tides.note_changed_row();
CREATE TRIGGER changed AFTER UPDATE OF date_ingested ON tides.fourmost_target
    FOR EACH ROW WHEN (OLD.date_ingested IS DISTINCT FROM NEW.date_ingested)
    EXECUTE FUNCTION tides.note_changed_row();
CREATE TRIGGER changed_by_insert AFTER INSERT ON tides.fourmost_target
    FOR EACH ROW WHEN (NEW.date_ingested IS NOT NULL)
    EXECUTE FUNCTION tides.note_changed_row();
CREATE TRIGGER changed_by_delete AFTER DELETE ON tides.fourmost_target
    FOR EACH ROW WHEN (OLD.date_ingested IS NOT NULL)
    EXECUTE FUNCTION tides.note_changed_row();
