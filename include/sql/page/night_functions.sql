-- In: two nights (UTC days), and a stream or an empty text for all. Out: by night from the first to the last how many
-- verdicts each function has given, how many passed, and how many objects could not be judged. `paired` is of how many of these
-- verdicts it is known which criteria failed alone and together: nights in which that was counted for all.
SELECT
    r.stream,
    r.function,
    r.night,
    sum(r.judged)::integer AS judged,
    sum(r.passed)::integer AS passed,
    sum(r.set_aside)::integer AS set_aside,
    coalesce(sum(r.judged) FILTER (WHERE r.paired = r.judged), 0)::integer AS paired
FROM (SELECT DISTINCT stream FROM tides.stream_offset WHERE lane = 'live') AS o
JOIN tides.night_rate AS r USING (stream)
WHERE r.night BETWEEN %(first)s AND %(last)s
    AND %(stream)s IN ('', r.stream)
GROUP BY r.stream, r.function, r.night
ORDER BY r.stream, r.function, r.night;
