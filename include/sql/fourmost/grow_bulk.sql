-- In: a connection, the rows of a create that 4MOST stored, and the most that a request may have. Out: the next requests
-- may have twice as many, but not so many as failed lately. When as many as failed are stored, the failure is forgotten.
UPDATE tides.fourmost_bulk
SET worked = true,
    failures = CASE WHEN %(rows)s >= too_many THEN 0 ELSE failures END,
    believed_until = CASE WHEN %(rows)s >= too_many THEN now() ELSE believed_until END,
    rows = CASE
        WHEN %(rows)s >= rows AND (%(rows)s >= too_many OR 2 * rows < too_many OR believed_until <= now())
            THEN greatest(rows, least(2 * rows, %(most)s))
        ELSE rows
    END
WHERE connection = %(connection)s
    AND (NOT worked OR (%(rows)s >= rows AND rows < %(most)s) OR (%(rows)s >= too_many AND failures > 0));
