-- In: the kinds of which messages are sent. Out: no alarm is open whose kind has no open event or sends no messages any
-- more; those that ended now. A repeat ends none.
UPDATE tides.alarm AS a
SET ended_at = now()
WHERE a.ended_at IS NULL
    AND NOT EXISTS (
        SELECT FROM tides.event AS e
        WHERE e.kind = a.kind AND e.closed_at IS NULL AND e.kind = ANY (%(kinds)s)
    )
RETURNING a.alarm_id, a.kind, a.began_at, a.ended_at;
