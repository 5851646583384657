-- In: a stream, the time since which it spoke of an object, the object after which to go on, how many. Out: objects of the
-- live lane in order of their ids, as stored_object.sql gives them; also older ones whose target is live. Reads only.
{% include "evaluation/stored_object.sql" %}
WHERE c.lane = 'live'
    AND c.stream = %(stream)s
    AND c.object_id > %(after)s
    AND (c.known_at >= %(since)s::timestamptz OR m.active)
ORDER BY c.object_id
LIMIT %(most)s;
