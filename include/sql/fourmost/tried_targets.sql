-- In: targets and hosts. Out: these and the targets' own hosts, those that have a name: whether each is live, and why in
-- words.
WITH tried AS (
    SELECT unnest(%(ids)s::integer[]) AS tides_id
    UNION
    SELECT host_id FROM tides.host_candidate WHERE tides_id = ANY (%(ids)s::integer[]) AND rank = 1
)
SELECT m.tides_id, m.kind, m.name, m.active, coalesce(r.words, '') AS words
FROM tried
CROSS JOIN LATERAL (SELECT * FROM tides.target AS t WHERE t.tides_id = tried.tides_id OFFSET 0) AS m
LEFT JOIN LATERAL (SELECT words FROM tides.reason_in_words AS w WHERE w.tides_id = m.tides_id OFFSET 0) AS r ON true
WHERE m.name IS NOT NULL
ORDER BY m.tides_id;
