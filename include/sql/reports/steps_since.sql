-- In: two moments. Out: how many targets were new, came back, or ended between them, and why. The reason is the typed one that
-- was stored in the same transaction as the step. Host galaxies are left out. Of a night between them that a report has
-- counted since its end, that sum is taken (tides.night_step), so that three days cost little more than one.
WITH kept AS MATERIALIZED (
    SELECT k.night, n.since, n.until
    FROM tides.night_step AS k
    CROSS JOIN LATERAL (
        SELECT k.night::timestamp AT TIME ZONE 'UTC' AS since, (k.night + 1)::timestamp AT TIME ZONE 'UTC' AS until
    ) AS n
    WHERE k.what = 'new' AND k.counted_at > n.until + interval '1 h'
        AND n.since >= %(since)s AND n.until <= %(until)s
)
SELECT s.what, sum(s.number)::integer AS number
FROM (
    SELECT t.what, t.targets AS number
    FROM tides.night_step AS t
    JOIN kept USING (night)
    WHERE t.what <> 'created' AND t.targets > 0
    UNION ALL
    SELECT n.what, 1
    FROM (
        SELECT o.tides_id, o.step, o.at
        FROM tides.tides_history AS o
        WHERE o.at >= %(since)s AND o.at < %(until)s
            AND o.step NOT IN ('created', 'ingested')
            AND NOT EXISTS (SELECT FROM kept AS k WHERE o.at >= k.since AND o.at < k.until)
        OFFSET 0
    ) AS h
    {% include "reports/name_step.sql" %}
) AS s
GROUP BY s.what
ORDER BY s.what;
