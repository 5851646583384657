-- In: a target. Out: its current magnitude by survey and band, as the live rule has it, with the date of its newest detection.
SELECT survey, band, mag, err, newest_jd
FROM tides.current_magnitude(now(), ARRAY[%(target)s::integer])
WHERE mag IS NOT NULL
ORDER BY newest_jd DESC, survey, band;
