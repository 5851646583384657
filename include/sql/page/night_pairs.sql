-- In: two nights (UTC days), and a stream or an empty text for all. Out: how many verdicts of each function failed two criteria
-- together, over the nights from the first to the last in which all verdicts were counted so.
SELECT p.stream, p.function, p.criterion, p.other, sum(p.failed)::integer AS failed
FROM (SELECT DISTINCT stream FROM tides.stream_offset WHERE lane = 'live') AS o
JOIN tides.night_rate AS r USING (stream)
JOIN tides.night_pair AS p USING (stream, night, function, function_hash)
-- Of both tables, so that neither is read as a whole.
WHERE r.night BETWEEN %(first)s AND %(last)s
    AND p.night BETWEEN %(first)s AND %(last)s
    AND r.paired = r.judged
    AND %(stream)s IN ('', r.stream)
GROUP BY p.stream, p.function, p.criterion, p.other
ORDER BY p.stream, p.function, failed DESC, p.criterion, p.other;
