-- In: a run, and the person who releases the changes that its report showed as held. Out: these changes, by reason.
WITH freed AS (
    UPDATE tides.fourmost_target AS f
    SET held = NULL,
        held_since = NULL,
        released_by = %(by)s,
        released_at = now()
    FROM tides.fourmost_target AS t
    JOIN tides.bridge_run AS r ON r.run_id = %(run_id)s AND t.held_since <= r.ended_at
    WHERE f.id = t.id
        AND t.held <> 'initial'
    RETURNING t.held AS was
)
SELECT was, count(*) AS changes FROM freed GROUP BY was ORDER BY was;
