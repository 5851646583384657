-- Notes that a migration is applied; in its transaction, so that it is noted when it is.
INSERT INTO tides.schema_migration (version, name, sha256, contract)
VALUES (%(version)s, %(name)s, %(sha256)s, %(contract)s);
