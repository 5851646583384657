-- In: functions, objects or targets' names (null: all). Out: how many verdicts have no input of their own kept: between the
-- first pass and the last failure, or older than what is kept. Reads only.
SELECT count(*) AS verdicts
FROM tides.selection AS s
LEFT JOIN tides.selection_input AS i USING (selection_id)
WHERE i.selection_id IS NULL
    AND (%(function)s::text IS NULL OR s.function = %(function)s)
    AND (%(ids)s::text[] IS NULL OR s.object_id = ANY (%(ids)s) OR EXISTS (
        SELECT FROM tides.tides_alias AS a
        JOIN tides.tides_master AS m USING (tides_id)
        WHERE (a.survey, a.object_id) = (s.survey, s.object_id) AND m.name = ANY (%(ids)s)
    ));
