-- In: a survey's object. Out: one row: whether a function in use passes it in the live lane, and whether any function ever has.
SELECT
    EXISTS (
        SELECT
        FROM tides.selection AS s
        JOIN tides.function_in_use AS u ON (u.stream, u.name, u.hash) = (s.stream, s.function, s.function_hash)
        WHERE (s.lane, s.survey, s.object_id) = ('live', %(survey)s, %(object_id)s)
            AND s.passed
    ) AS now,
    EXISTS (
        SELECT
        FROM tides.selection AS s
        WHERE (s.lane, s.survey, s.object_id) = ('live', %(survey)s, %(object_id)s)
            AND s.passed
    ) AS ever;
