-- In: a survey and objects. Out: their light curves that no verdict is made from any more are dropped. A repeat finds none.
DELETE FROM tides.judged_curve AS c
WHERE c.survey = %(survey)s
    AND c.object_id = ANY (%(object_id)s::text[])
    AND NOT EXISTS (
        SELECT FROM tides.selection_input AS i
        WHERE (i.survey, i.object_id, i.hash) = (c.survey, c.object_id, c.hash)
    );
