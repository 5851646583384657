-- In: the kind of event of a target that 4MOST fails at. Out: its events are closed whose target is not set aside any
-- more: it was stored, its row differs, a person released it, or nothing is wanted of it. A repeat finds none.
UPDATE tides.event AS e
SET closed_at = now()
WHERE e.kind = %(kind)s
    AND e.closed_at IS NULL
    AND NOT EXISTS (
        SELECT FROM tides.fourmost_target AS f
        WHERE f.name = e.subject
            AND f.refused IS NOT NULL
            AND f.refused IS NOT DISTINCT FROM f.wanted
            AND f.wanted IS DISTINCT FROM f.told
    );
