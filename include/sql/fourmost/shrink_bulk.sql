-- In: a connection, and the rows of a create that had no clear answer or was refused as a whole. Out: a seventh of that
-- is what the next requests have. So many again are tried after an hour, and after each further failure twice as late, up
-- to a day. A failure of more rows than are remembered was sent before, and a second one in a row may be a server that
-- is down: neither changes anything.
INSERT INTO tides.fourmost_bulk AS b (connection, rows, too_many, failures, believed_until, worked)
VALUES (%(connection)s, greatest(%(rows)s / 7, 1), %(rows)s, 1, now() + interval '1 hour', false)
ON CONFLICT (connection) DO UPDATE
SET rows = excluded.rows,
    too_many = excluded.too_many,
    failures = b.failures + 1,
    believed_until = now() + least(2 ^ b.failures, 24) * interval '1 hour',
    worked = false
WHERE b.worked AND excluded.too_many <= b.rows;
