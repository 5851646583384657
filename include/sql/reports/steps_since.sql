-- In: two moments. Out: how many targets were new, came back, or ended between them, and why. The reason is the typed one that
-- was stored in the same transaction as the step. Host galaxies are left out.
SELECT
    CASE
        WHEN h.step = 'selected' THEN 'new'
        WHEN h.step IN ('reactivated', 'forced') THEN 'live again'
        ELSE coalesce(p.why, h.step)
    END AS what,
    count(*) AS number
FROM tides.tides_history AS h
-- OFFSET 0: each is looked up by its id, however the planner guesses their number.
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
WHERE h.at >= %(since)s AND h.at < %(until)s
    AND h.step NOT IN ('created', 'ingested')
GROUP BY 1
ORDER BY 1;
