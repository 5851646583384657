-- In: two nights (UTC days). Out: tides.night_step has the nights from the first to the last. Can be repeated: it counts what
-- it lacks, and changes no night.
INSERT INTO tides.night_step (night, what, targets, median_h, late_h)
SELECT night, what, targets, median_h, late_h
FROM tides.night_steps(%(first)s, %(last)s)
WHERE NOT kept
ON CONFLICT (night, what) DO NOTHING;
