-- Trigger: a foreign key to tides.target, which is a view.
CREATE OR REPLACE FUNCTION tides.demand_target() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.tides_id IS NOT NULL AND NOT EXISTS (SELECT FROM tides.target WHERE tides_id = NEW.tides_id) THEN
        RAISE EXCEPTION 'there is no target %', NEW.tides_id
            USING ERRCODE = 'foreign_key_violation', HINT = 'take tides_id from tides.target';
    END IF;
    RETURN NEW;
END $$;
