-- In: an object id; a survey, or NULL for any. Out: each survey whose object of this id any stream has ever brought, in the
-- live lane or in a replay's; and the target that it is, if it is one.
SELECT v.survey, a.tides_id, m.name AS target
FROM tides.survey AS v
LEFT JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (v.survey, %(object_id)s::text)
LEFT JOIN tides.tides_master AS m USING (tides_id)
WHERE (%(survey)s::text IS NULL OR v.survey = %(survey)s::text)
    AND (
        a.tides_id IS NOT NULL
        OR EXISTS (
            SELECT FROM tides.candidate AS c WHERE (c.survey, c.object_id) = (v.survey, %(object_id)s::text)
        )
        OR EXISTS (
            SELECT FROM tides.selection AS s WHERE (s.survey, s.object_id) = (v.survey, %(object_id)s::text)
        )
    )
ORDER BY v.precedence, v.survey;
