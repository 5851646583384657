-- In: an object, the annotation that Lasair has taken, and the number by which it was noted. Out: that as told, and the
-- note gone, unless the object was noted anew. Can be repeated.
WITH known AS (
    DELETE FROM tides.to_annotate
    WHERE (survey, object_id, noted_id) = (%(survey)s, %(object_id)s, %(noted_id)s)
)
INSERT INTO tides.annotation AS a (survey, object_id, told)
VALUES (%(survey)s, %(object_id)s, %(told)s)
ON CONFLICT (survey, object_id) DO UPDATE SET told = excluded.told, told_at = now();
