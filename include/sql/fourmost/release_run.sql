-- In: a run, the person who releases the changes that its report showed as held, and one reason (NULL: all). Out: these
-- changes, by reason. Of two persons at once one finds them, and the other nothing.
WITH freed AS (
    UPDATE tides.fourmost_target AS f
    SET held = NULL,
        held_since = NULL,
        released_by = %(by)s,
        released_at = now()
    FROM tides.fourmost_target AS t
    JOIN tides.bridge_run AS r ON r.run_id = %(run_id)s AND t.held_since <= r.ended_at
    -- `f` is looked at again once a lock is free, and `t` is not.
    WHERE f.id = t.id
        AND f.held = t.held
        AND t.held <> 'initial'
        AND (%(only)s::text IS NULL OR t.held = %(only)s)
    RETURNING t.held AS was
)
SELECT was, count(*) AS changes FROM freed GROUP BY was ORDER BY was;
