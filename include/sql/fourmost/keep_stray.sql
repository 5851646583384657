-- In: a row of 4MOST that this database does not know. Out: it stands in fourmost_stray. A repeat changes nothing.
INSERT INTO tides.fourmost_stray (pk, name, survey_id, ra, dec, date_submitted)
VALUES (%(id)s, %(name)s, %(uploadedfor_survey_id)s, %(ra)s, %(dec)s, %(date_submitted)s)
ON CONFLICT (pk) DO NOTHING;
