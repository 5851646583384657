-- In: how many days to look back. Out: how many objects of each night (UTC day) each function in use has judged and
-- passed, under its present hash.
SELECT u.stream, u.name AS function, r.night, r.judged, r.passed
FROM tides.function_in_use AS u
JOIN tides.night_rate AS r ON (r.stream, r.function, r.function_hash) = (u.stream, u.name, u.hash)
WHERE r.night >= (now() AT TIME ZONE 'UTC')::date - %(days)s::integer
ORDER BY u.rank, r.night DESC;
