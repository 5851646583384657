-- Targets that 4MOST lacks and should have, and creates whose outcome has been unknown for the settle time: these are
-- looked up by name first. A row under way is left alone, and so is one that 4MOST refused as it is, whose name belongs
-- to somebody else there, that the guard holds, or whose next try is later. The highest priority goes first, of it what has waited
-- longest.
SELECT coalesce(array_agg(f.id ORDER BY f.priority DESC, m.active_since, f.id), '{}') AS ids
FROM tides.fourmost_target AS f
LEFT JOIN LATERAL (   -- OFFSET 0: by the key's index, however many keys there are
    SELECT pk FROM tides.fourmost_key WHERE (id, status) = (f.id, 'current') OFFSET 0
) AS k ON true
LEFT JOIN LATERAL (SELECT active_since FROM tides.target WHERE tides_id = f.id AND k.pk IS NULL OFFSET 0) AS m ON true
WHERE (f.differs OR f.state = 'live')
    AND k.pk IS NULL
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
    END;
