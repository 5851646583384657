-- Trigger: every target and host is judged next (tides.changed_target), since what all of them are judged by has changed.
CREATE OR REPLACE FUNCTION tides.note_changed_all() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tides.changed_target (tides_id) VALUES (NULL);
    RETURN NULL;
END $$;
