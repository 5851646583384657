-- The migrations that the database has, in order; adds nothing.
SELECT version, name, sha256, contract, applied_at
FROM tides.schema_migration
ORDER BY version;
