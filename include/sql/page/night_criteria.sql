-- In: two nights (UTC days), and a stream or an empty text for all. Out: over the nights from the first to the last how many
-- verdicts asked each criterion of each function, how many failed it, and for how many it was unknown. Of the nights in which all
-- verdicts were counted so: how many failed it alone. `definitions` is how many the function had in these nights.
SELECT
    c.stream,
    c.function,
    c.criterion,
    sum(c.judged)::integer AS judged,
    sum(c.failed)::integer AS failed,
    sum(c.unknown)::integer AS unknown,
    (sum(c.alone) FILTER (WHERE r.paired = r.judged))::integer AS alone,
    count(DISTINCT c.function_hash)::integer AS definitions
FROM (SELECT DISTINCT stream FROM tides.stream_offset WHERE lane = 'live') AS o
JOIN tides.night_criterion AS c USING (stream)
JOIN tides.night_rate AS r USING (stream, night, function, function_hash)
-- Of both tables, so that neither is read as a whole.
WHERE c.night BETWEEN %(first)s AND %(last)s
    AND r.night BETWEEN %(first)s AND %(last)s
    AND %(stream)s IN ('', c.stream)
GROUP BY c.stream, c.function, c.criterion
ORDER BY c.stream, c.function, failed DESC, c.criterion;
