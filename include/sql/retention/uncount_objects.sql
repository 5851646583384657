-- In: objects that were forgotten, in the transaction that did so. Out: stream_count still counts them as objects that the
-- stream has brought, and forgets as what. A repeat finds none.
WITH gone AS (
    SELECT * FROM unnest(%(surveys)s::text[], %(objects)s::text[]) AS g (survey, object_id)
), noted AS (
    DELETE FROM tides.to_count AS t USING gone AS g WHERE (t.survey, t.object_id) = (g.survey, g.object_id)
)
DELETE FROM tides.counted_object AS k USING gone AS g
WHERE (k.survey, k.object_id) = (g.survey, g.object_id);
