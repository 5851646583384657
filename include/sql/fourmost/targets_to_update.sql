-- Targets at 4MOST whose row there differs from the wanted one, or is unknown since the settle time. The most
-- urgent go first: targets to be switched off, so 4MOST does not observe them; of these, what it may observe next; then
-- those to be switched on. Within each the highest priority.
SELECT coalesce(array_agg(f.id ORDER BY
    f.state = 'live',
    f.wanted ->> 'is_active' IS NOT DISTINCT FROM f.told ->> 'is_active',
    NOT EXISTS (SELECT FROM tides.candidate_visit_target AS v WHERE v.target_id = f.id),
    f.priority DESC,
    f.id
), '{}') AS ids
FROM tides.fourmost_target AS f
CROSS JOIN LATERAL (SELECT FROM tides.fourmost_key WHERE (id, status) = (f.id, 'current') OFFSET 0) AS k
WHERE f.differs
    AND CASE
        WHEN f.sending_since IS NOT NULL THEN f.sending_since < now() - make_interval(secs => %(settle_s)s)
        ELSE f.wanted IS NOT NULL
            AND f.wanted IS DISTINCT FROM f.told
            AND f.held IS NULL
            AND coalesce(f.not_before <= now(), true)
            AND f.wanted IS DISTINCT FROM f.refused
    END;
