-- In: two nights (UTC days), how many, and the edges (h) between which waits are counted. Out: tides.night_step has the nights
-- from the first to the last, the newest so many of those that it lacks, so that the statement stays short after an upgrade: how
-- many targets were new, were created at 4MOST, came back, or ended for the same reason, which is the typed one that was stored
-- in the same transaction as the step; of those that were created, the hours (median, nine in ten, and how many lie between the
-- edges) since the message that made the target pass. Host galaxies are left out. Can be repeated: a night that is over is
-- counted once. What is stored shortly after midnight may have begun before it.
WITH open AS MATERIALIZED (
    SELECT n.night, n.night::timestamp AT TIME ZONE 'UTC' AS since, (n.night + 1)::timestamp AT TIME ZONE 'UTC' AS until
    FROM (SELECT %(first)s::date + n FROM generate_series(0, %(last)s::date - %(first)s::date) AS n) AS n (night)
    WHERE NOT EXISTS (
        SELECT FROM tides.night_step AS k
        WHERE k.night = n.night AND k.counted_at > (n.night + 1)::timestamp AT TIME ZONE 'UTC' + interval '1 h'
    )
    ORDER BY n.night DESC
    LIMIT %(most)s
)
INSERT INTO tides.night_step AS k (night, what, targets, median_h, late_h, waits, counted_at)
SELECT
    o.night, c.what, c.targets, c.median_h, c.late_h,
    CASE WHEN c.what = 'created' THEN ARRAY(
        SELECT count(b.place)::integer
        FROM generate_series(0, cardinality(%(edges)s::double precision[])) AS g (place)
        LEFT JOIN unnest(c.places) AS b (place) USING (place)
        GROUP BY g.place
        ORDER BY g.place
    ) END,
    now()
FROM open AS o
CROSS JOIN LATERAL (
    SELECT
        s.what,
        count(s.tides_id) AS targets,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY s.hours) AS median_h,
        percentile_cont(0.9) WITHIN GROUP (ORDER BY s.hours) AS late_h,
        array_agg(width_bucket(s.hours, %(edges)s::double precision[])) AS places
    FROM (
        SELECT v.what, NULL::integer AS tides_id, NULL::double precision AS hours
        FROM (VALUES ('new'), ('created')) AS v (what)
        UNION ALL
        SELECT
            n.what,
            h.tides_id,
            w.hours
        FROM tides.tides_history AS h
        {% include "reports/name_step.sql" %}
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
            WHERE h.step = 'created'
        ) AS w ON true
        WHERE h.at >= o.since AND h.at < o.until
            AND h.step <> 'ingested'
    ) AS s
    GROUP BY s.what
) AS c
ORDER BY o.night, c.what
ON CONFLICT (night, what) DO UPDATE
SET targets = excluded.targets,
    median_h = excluded.median_h,
    late_h = excluded.late_h,
    waits = excluded.waits,
    counted_at = excluded.counted_at
WHERE k.counted_at < excluded.counted_at;
