-- Trigger: keeps how a row stood, for the export of the sample. Its arguments: the columns of the key, those of which each
-- change is kept, and those that are kept beside them; each list divided by spaces.
CREATE OR REPLACE FUNCTION tides.keep_past() RETURNS trigger
    LANGUAGE plpgsql AS $$
DECLARE
    before jsonb := to_jsonb(OLD);
    after jsonb := to_jsonb(NEW);
    key_before jsonb;
    key_after jsonb;
    counted_before jsonb;
    counted_after jsonb;
BEGIN
    SELECT jsonb_object_agg(n, before -> n), jsonb_object_agg(n, after -> n) INTO key_before, key_after
        FROM string_to_table(TG_ARGV[0], ' ') AS n;
    SELECT jsonb_object_agg(n, before -> n), jsonb_object_agg(n, after -> n) INTO counted_before, counted_after
        FROM string_to_table(TG_ARGV[1], ' ') AS n;
    IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND key_before <> key_after) THEN
        INSERT INTO tides.past (kind, key, content, at) VALUES (TG_TABLE_NAME, key_before, NULL, now());
    END IF;
    IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND (key_before, counted_before) <> (key_after, counted_after)) THEN
        INSERT INTO tides.past (kind, key, content, at)
            SELECT TG_TABLE_NAME, key_after, counted_after || coalesce(jsonb_object_agg(n, after -> n), '{}'), now()
            FROM string_to_table(TG_ARGV[2], ' ') AS n;
    END IF;
    RETURN NULL;
END $$;
