-- In: a survey's object. Out: its live light curve belongs to no alert, so that it is asked for anew, and is no measure
-- for the next one. Can be repeated.
UPDATE tides.light_curve
SET alert_hash = '',
    bands = NULL
WHERE (lane, survey, object_id) = ('live', %(survey)s, %(object_id)s);
