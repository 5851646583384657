-- In: an object, and the annotation that Lasair has taken. Out: that as told. Can be repeated.
INSERT INTO tides.annotation AS a (survey, object_id, told)
VALUES (%(survey)s, %(object_id)s, %(told)s)
ON CONFLICT (survey, object_id) DO UPDATE SET told = excluded.told, told_at = now();
