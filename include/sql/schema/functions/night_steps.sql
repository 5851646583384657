-- What targets did by night (UTC day), from a first night to a last one: how many were new, were created at 4MOST, came back,
-- or ended for the same reason, which is the typed one that was stored in the same transaction as the step; of those that
-- were created, the hours (median, and nine in ten) since the message that made the target pass. Host galaxies are left out.
-- Each night has the first two. A night that tides.night_step lacks is counted now: `kept` is false.
CREATE OR REPLACE FUNCTION tides.night_steps(first date, last date)
    RETURNS TABLE (
        night date, what text, targets integer, median_h double precision, late_h double precision, kept boolean
    )
    LANGUAGE sql STABLE AS $$
WITH missing AS MATERIALIZED (
    SELECT first + n AS night
    FROM generate_series(0, last - first) AS n
    WHERE NOT EXISTS (SELECT FROM tides.night_step AS k WHERE k.night = first + n)
)
SELECT k.night, k.what, k.targets, k.median_h, k.late_h, true
FROM tides.night_step AS k
WHERE k.night BETWEEN first AND last
UNION ALL
SELECT m.night, c.what, c.targets, c.median_h, c.late_h, false
FROM missing AS m
CROSS JOIN LATERAL (
    SELECT
        s.what,
        count(s.tides_id)::integer AS targets,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY s.hours) AS median_h,
        percentile_cont(0.9) WITHIN GROUP (ORDER BY s.hours) AS late_h
    FROM (
        SELECT v.what, NULL::integer AS tides_id, NULL::double precision AS hours
        FROM (VALUES ('new'), ('created')) AS v (what)
        UNION ALL
        SELECT
            CASE
                WHEN h.step = 'selected' THEN 'new'
                WHEN h.step IN ('reactivated', 'forced') THEN 'live again'
                ELSE coalesce(p.why, h.step)
            END,
            h.tides_id,
            w.hours
        FROM tides.tides_history AS h
        -- OFFSET 0: each is looked up by its id, however the planner guesses their number.
        CROSS JOIN LATERAL (SELECT FROM tides.tides_master AS t WHERE t.tides_id = h.tides_id OFFSET 0) AS t
        LEFT JOIN LATERAL (
            SELECT b.content ->> 'why' AS why
            FROM tides.past AS b
            WHERE b.kind = 'tides_master' AND b.key = jsonb_build_object('tides_id', h.tides_id) AND b.at = h.at
            ORDER BY b.past_id DESC
            LIMIT 1
        ) AS p ON h.step = 'deactivated'
        LEFT JOIN LATERAL (
            SELECT extract(epoch FROM h.at - min(s.trigger_known))::double precision / 3600 AS hours
            FROM (SELECT a.survey, a.object_id FROM tides.tides_alias AS a WHERE a.tides_id = h.tides_id OFFSET 0) AS a
            CROSS JOIN LATERAL (
                SELECT s.trigger_known
                FROM tides.selection AS s
                WHERE s.survey = a.survey AND s.object_id = a.object_id AND s.passed
                    AND s.lane = 'live' AND NOT s.control AND s.trigger_known <= h.at
                OFFSET 0
            ) AS s
        ) AS w ON h.step = 'created'
        WHERE h.at >= m.night::timestamp AT TIME ZONE 'UTC'
            AND h.at < (m.night + 1)::timestamp AT TIME ZONE 'UTC'
            AND h.step <> 'ingested'
    ) AS s
    GROUP BY s.what
) AS c
$$;
COMMENT ON FUNCTION tides.night_steps IS 'What targets did by night (UTC day), kept or counted now';
