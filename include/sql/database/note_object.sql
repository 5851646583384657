-- Notes the form that a function or a view has from now on; sha256 is NULL when it is dropped.
INSERT INTO tides.schema_object (kind, name, sha256)
VALUES (%(kind)s, %(name)s, %(sha256)s);
