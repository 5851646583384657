-- In: when a full reconcile began, and the kind of the event that tells of a stray. Out: fourmost_stray without the rows
-- known before, of which no such event is open any more. A repeat finds none.
DELETE FROM tides.fourmost_stray AS s
WHERE s.first_seen < %(started)s
    AND NOT EXISTS (
        SELECT FROM tides.event AS e
        WHERE (e.kind, e.subject) = (%(kind)s, s.name)
            AND e.closed_at IS NULL
    );
