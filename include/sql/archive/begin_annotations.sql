-- In: a survey. Out: from now on each of its objects is noted when it changes. Can be repeated.
INSERT INTO tides.annotated_as (survey)
VALUES (%(survey)s)
ON CONFLICT (survey) DO NOTHING;
