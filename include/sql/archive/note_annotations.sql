-- In: a survey, after begin_annotations.sql was committed; the topic, the code and the functions in use. Out: all objects
-- of the survey are noted, where these are not as before: Lasair may have to be told otherwise of each. Can be repeated.
WITH changed AS (
    UPDATE tides.annotated_as
    SET said = %(said)s
    WHERE survey = %(survey)s
        AND said IS DISTINCT FROM %(said)s
    RETURNING survey
)
INSERT INTO tides.to_annotate (survey, object_id)
SELECT survey, object_id
FROM changed
JOIN tides.tides_alias USING (survey)
ORDER BY survey, object_id  -- as judge_targets.sql does, so that neither waits for the other in a circle
ON CONFLICT (survey, object_id) DO UPDATE SET noted_id = DEFAULT;
