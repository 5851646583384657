-- Trigger, a statement at a time: the targets and hosts of the rows that it wrote are judged next (tides.changed_target).
-- The rows are in the transition table `changed`.
CREATE OR REPLACE FUNCTION tides.note_changed() RETURNS trigger
    LANGUAGE plpgsql AS $$
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
