-- Trigger: keeps a table append-only.
CREATE OR REPLACE FUNCTION tides.refuse_change() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'tides.% is append-only', TG_TABLE_NAME USING HINT = 'write a further row that says what is right';
END $$;
