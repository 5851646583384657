-- In: two nights (UTC days). Out: how many targets did the same, by night from the first to the last, as the newest report
-- has counted them.
SELECT night, what, targets, median_h, late_h, waits
FROM tides.night_step
WHERE night BETWEEN %(first)s AND %(last)s;
