-- Trigger on targets and hosts: keeps how many of each sort there are, by rows to be summed up. It only adds rows, so that
-- no transaction waits for another one.
CREATE OR REPLACE FUNCTION tides.note_target_count() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'tides_hosts' THEN
        INSERT INTO tides.target_count (kind, n) VALUES ('host', CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END);
    ELSIF TG_OP <> 'UPDATE' OR (OLD.why, OLD.reachable, OLD.merged_into IS NULL)
        IS DISTINCT FROM (NEW.why, NEW.reachable, NEW.merged_into IS NULL)
    THEN
        INSERT INTO tides.target_count (kind, why, reachable, merged, n)
            SELECT 'sn', OLD.why::text, OLD.reachable, OLD.merged_into IS NOT NULL, -1 WHERE TG_OP <> 'INSERT'
            UNION ALL
            SELECT 'sn', NEW.why::text, NEW.reachable, NEW.merged_into IS NOT NULL, 1 WHERE TG_OP <> 'DELETE';
    END IF;
    RETURN NULL;
END $$;
