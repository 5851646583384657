-- Trigger on what the report counts by object: notes each object that may count otherwise now. It only adds rows, so that no
-- transaction waits for another one.
CREATE OR REPLACE FUNCTION tides.note_to_count() RETURNS trigger
    LANGUAGE plpgsql AS $$
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
