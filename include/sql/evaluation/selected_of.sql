-- In: a survey, a stream and objects. Out: which of the stream's functions select them (tides.selected_object), by what
-- the transaction asks. Reads only.
SELECT object_id, function, rank, target, trigger_jd, to_judge
FROM tides.selected_object()
WHERE survey = %(survey)s
    AND stream = %(stream)s
    AND object_id = ANY (%(ids)s)
ORDER BY object_id, target = 'host', rank;
