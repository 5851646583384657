-- In: a target, how many at most. Out: the candidate visits that may observe it next, as last read.
SELECT visit, tile, planned, read_at
FROM tides.observable_next
WHERE id = %(tides_id)s
ORDER BY visit_no
LIMIT %(newest)s;
