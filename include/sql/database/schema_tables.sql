-- Makes the tables in which `migrate` keeps what it applied; changes nothing where they exist.
-- schema_version is what the code before 0014 reads: it is kept up to date, and a later contract drops it.
-- Whoever owns the schema alone may not make one: `IF NOT EXISTS` would be refused.
DO $$
BEGIN
    IF to_regnamespace('tides') IS NULL THEN
        CREATE SCHEMA tides;
    END IF;
END
$$;

CREATE TABLE IF NOT EXISTS tides.schema_version (
    version_num varchar(32) NOT NULL,
    CONSTRAINT schema_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE IF NOT EXISTS tides.schema_migration (
    version    integer PRIMARY KEY CHECK (version > 0),
    name       text NOT NULL,
    sha256     text NOT NULL,
    contract   text,
    applied_at timestamptz NOT NULL DEFAULT now(),
    by         text NOT NULL DEFAULT coalesce(nullif(current_setting('tides.by', true), ''), session_user)
);
COMMENT ON TABLE tides.schema_migration IS 'The migrations that this database has; written by `tides migrate` alone';
COMMENT ON COLUMN tides.schema_migration.sha256 IS 'Of the file as it was applied; of a database from before 0014, of the file as it was adopted';
COMMENT ON COLUMN tides.schema_migration.contract IS 'Code up to this release uses what the migration took away; NULL: nothing was taken away';

CREATE TABLE IF NOT EXISTS tides.schema_object (
    schema_object_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('function', 'view')),
    name       text NOT NULL,
    sha256     text,
    applied_at timestamptz NOT NULL DEFAULT now(),
    by         text NOT NULL DEFAULT coalesce(nullif(current_setting('tides.by', true), ''), session_user)
);
COMMENT ON TABLE tides.schema_object IS 'Each form that a function or a view has had here, the newest last; append-only';
COMMENT ON COLUMN tides.schema_object.sha256 IS 'Of its file; NULL: it was dropped, since its file was gone';
