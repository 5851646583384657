-- In: a survey. Out: positions (ICRS degrees) of its objects, candidates and targets, that have no cell; some at a time.
-- Reads only.
SELECT ra, dec
FROM tides.candidate
WHERE survey = %(survey)s AND cell IS NULL AND ra IS NOT NULL AND dec IS NOT NULL
UNION
SELECT ra, dec
FROM tides.tides_alias
WHERE survey = %(survey)s AND cell IS NULL AND ra IS NOT NULL AND dec IS NOT NULL
LIMIT 50000;
