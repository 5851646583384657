-- In: a time. Out: the surveys' objects that were targets then, with what was said of each. Reads only.
SELECT
    t.name, t.tides_id, a.key ->> 'survey' AS survey, a.key ->> 'object_id' AS object_id,
    c.content ->> 'sherlock_class' AS sherlock_class,
    c.content ->> 'tns_name' AS tns_name,
    c.content ->> 'tns_type' AS tns_type,
    (c.content ->> 'redshift')::double precision AS redshift,
    (c.content ->> 'host_redshift')::double precision AS host_redshift,
    c.content ->> 'reclassified' AS reclassified
FROM tides.past_at('tides_alias', %(as_of)s) AS a
JOIN tides.target_at(%(as_of)s) AS t ON t.tides_id = (a.content ->> 'tides_id')::integer
LEFT JOIN tides.past_at('tides_context', %(as_of)s) AS c ON c.key = a.key
ORDER BY t.tides_id, a.key ->> 'survey' COLLATE "C", a.key ->> 'object_id' COLLATE "C";
