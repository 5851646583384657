-- In: a stream, ids of objects. Out: these objects of the live lane in order of their ids, as stored_object.sql gives them.
-- Reads only.
{% include "evaluation/stored_object.sql" %}
WHERE c.lane = 'live'
    AND c.stream = %(stream)s
    AND c.object_id = ANY (%(ids)s::text[])
ORDER BY c.object_id;
