-- In: two nights (UTC days). Out: how many targets did the same, by night from the first to the last.
SELECT night, what, targets, median_h, late_h
FROM tides.night_steps(%(first)s, %(last)s);
