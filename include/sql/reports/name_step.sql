-- Of a step `h` of tides_history: `n.what`, how the sums by night name it. Why a target ended is the typed reason that was
-- stored in the same transaction as the step. OFFSET 0: each is looked up by its id, however the planner guesses their number.
CROSS JOIN LATERAL (SELECT FROM tides.tides_master AS m WHERE m.tides_id = h.tides_id OFFSET 0) AS m
LEFT JOIN LATERAL (
    SELECT b.content ->> 'why' AS why
    FROM tides.past AS b
    -- The step is asked here, so that no other is looked up.
    WHERE h.step = 'deactivated' AND b.kind = 'tides_master'
        AND b.key = jsonb_build_object('tides_id', h.tides_id) AND b.at = h.at
    ORDER BY b.past_id DESC
    LIMIT 1
) AS p ON true
CROSS JOIN LATERAL (SELECT CASE
    WHEN h.step = 'selected' THEN 'new'
    WHEN h.step IN ('reactivated', 'forced') THEN 'live again'
    ELSE coalesce(p.why, h.step)
END AS what) AS n
