-- In: a target's or host's name, a survey's object id, the name of an entry of a list, a name at TNS (AT, SN or nothing before
-- its number), catalogue and id of a galaxy, or a primary key at 4MOST. Out: the targets that it names.
SELECT tides_id FROM tides.target WHERE name = %(asked)s::text
UNION
SELECT a.tides_id
FROM tides.survey AS v
JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (v.survey, %(asked)s::text)
UNION
SELECT tides_id FROM tides.listed WHERE entry = %(asked)s::text
UNION
SELECT a.tides_id
FROM tides.tides_context AS c
JOIN tides.tides_alias AS a USING (survey, object_id)
WHERE lower(regexp_replace(c.tns_name, '^[A-Za-z]+ ?', '')) = lower(regexp_replace(%(asked)s::text, '^[A-Za-z]+ ?', ''))
UNION
-- The name of a catalogue may hold blanks, and so may an id.
SELECT h.tides_id
FROM generate_series(1, length(%(asked)s::text)) AS n
CROSS JOIN LATERAL (
    SELECT g.tides_id
    FROM tides.tides_hosts AS g
    WHERE substr(%(asked)s::text, n, 1) = ' '
        AND (g.catalogue, g.catalogue_id) = (left(%(asked)s::text, n - 1), substr(%(asked)s::text, n + 1))
    OFFSET 0
) AS h
UNION
SELECT id FROM tides.fourmost_key WHERE pk = CASE WHEN %(asked)s::text ~ '^[1-9][0-9]{0,17}$' THEN %(asked)s::bigint END
ORDER BY 1;
