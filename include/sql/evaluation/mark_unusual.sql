-- In: a night of a function, and whether a rate of it fell. Out: the night says so. A repeat changes nothing.
UPDATE tides.night_rate
SET unusual = %(unusual)s
WHERE (stream, night, function, function_hash) = (%(stream)s, %(night)s, %(function)s, %(function_hash)s)
    AND unusual <> %(unusual)s;
