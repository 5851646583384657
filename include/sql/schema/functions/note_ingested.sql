-- Trigger on fourmost_target: writes the step `ingested`, on whatever way it was learnt.
CREATE OR REPLACE FUNCTION tides.note_ingested() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tides.tides_history (tides_id, step, reason, at)
        VALUES (NEW.id, 'ingested', format(
            'into 4MOST''s operations system at %s UTC', to_char(NEW.date_ingested AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')
        ), now());
    RETURN NULL;
END $$;
