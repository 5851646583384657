-- In: a target's or host's name, a survey's object id, the name of an entry of a list, or a primary key at 4MOST. Out: the targets that it names.
SELECT tides_id FROM tides.target WHERE name = %(asked)s::text
UNION
SELECT a.tides_id
FROM tides.survey AS v
JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (v.survey, %(asked)s::text)
UNION
SELECT tides_id FROM tides.listed WHERE entry = %(asked)s::text
UNION
SELECT id FROM tides.fourmost_key WHERE pk = CASE WHEN %(asked)s::text ~ '^[1-9][0-9]{0,17}$' THEN %(asked)s::bigint END
ORDER BY 1;
