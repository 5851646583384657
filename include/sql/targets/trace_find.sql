-- In: a target's or host's name, a survey's object id or a primary key at 4MOST. Out: the targets that it names.
SELECT tides_id FROM tides.target WHERE name = %(asked)s
UNION
SELECT tides_id FROM tides.tides_alias WHERE object_id = %(asked)s
UNION
SELECT id FROM tides.fourmost_key WHERE pk::text = %(asked)s
ORDER BY 1;
