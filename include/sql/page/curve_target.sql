-- In: a survey's object. Out: the target that it is; no row: it is none.
SELECT a.tides_id, m.name
FROM tides.tides_alias AS a
JOIN tides.tides_master AS m USING (tides_id)
WHERE (a.survey, a.object_id) = (%(survey)s, %(object_id)s);
