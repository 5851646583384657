-- Trigger on fourmost_key: writes the step `created`, on whatever way the key was learnt.
CREATE OR REPLACE FUNCTION tides.note_created() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tides.tides_history (tides_id, step, reason, at)
        VALUES (NEW.id, 'created', format('key %s at 4MOST as %s, learnt by: %s', NEW.pk, NEW.name, NEW.learnt_how), now());
    RETURN NULL;
END $$;
