-- Targets that 4MOST lacks and should have, and creates whose outcome has been unknown for the settle time: these are
-- looked up by name first. A row under way is left alone, and so is one that 4MOST refused as it is, whose name belongs
-- to somebody else there, that the guard holds, or whose next try is later. The highest priority goes first, of it what has waited
-- longest.
SELECT f.id
FROM tides.fourmost_target AS f
LEFT JOIN tides.fourmost_key AS k ON (k.id, k.status) = (f.id, 'current')
LEFT JOIN tides.target AS m ON m.tides_id = f.id
WHERE k.pk IS NULL
    AND CASE
        WHEN f.sending_since IS NOT NULL THEN f.sending_since < now() - make_interval(secs => %(settle_s)s)
        ELSE f.state = 'live'
            AND f.wanted IS NOT NULL
            AND f.held IS NULL
            AND coalesce(f.not_before <= now(), true)
            AND f.wanted IS DISTINCT FROM f.refused
            AND NOT EXISTS (
                SELECT FROM tides.fourmost_key AS s WHERE (s.id, s.status) = (f.id, 'foreign')
            )
    END
ORDER BY f.priority DESC, m.active_since, f.id;
