-- Out: of each stream the objects that it has brought in the live lane, and their states, as just counted. Reads only.
SELECT stream, objects, selected, live, unreachable, at_4most
FROM tides.stream_count
WHERE objects > 0
ORDER BY stream;
