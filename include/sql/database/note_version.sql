-- Writes the version where the code before 0014 reads it; can be repeated.
WITH gone AS (
    DELETE FROM tides.schema_version
    WHERE version_num <> %(version)s
)
INSERT INTO tides.schema_version (version_num)
VALUES (%(version)s)
ON CONFLICT DO NOTHING;
