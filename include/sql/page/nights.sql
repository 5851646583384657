-- In: two moments. Out: by night (UTC day) between them: how many targets were new, how many were created at 4MOST, and
-- how many hours (median, and nine in ten) passed between the message that made a target pass and this. Host galaxies are left
-- out.
SELECT
    (h.at AT TIME ZONE 'UTC')::date AS night,
    count(*) FILTER (WHERE h.step = 'selected') AS new,
    count(*) FILTER (WHERE h.step = 'created') AS sent,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY w.hours) AS median_h,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY w.hours) AS late_h
FROM tides.tides_history AS h
-- OFFSET 0: each is looked up by its id, however the planner guesses their number.
CROSS JOIN LATERAL (SELECT FROM tides.tides_master AS m WHERE m.tides_id = h.tides_id OFFSET 0) AS m
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
WHERE h.at >= %(since)s AND h.at < %(until)s
    AND h.step IN ('selected', 'created')
GROUP BY 1;
