-- In: a moment. Out: the objects of which the audit found since then that the broker had lost messages, by the night (UTC
-- day) in which it did.
SELECT (last_seen_at AT TIME ZONE 'UTC')::date AS night, sum((detail ->> 'objects')::integer)::integer AS objects
FROM tides.event
WHERE kind = 'broker lost' AND last_seen_at >= %(since)s
GROUP BY 1;
