-- In: two nights (UTC days). Out: the live targets of each subsurvey, and the fibre hours (dark time) that they asked for and
-- that good spectra took, by night from the first to the last, as the newest live run of the night reported at its end.
SELECT n.night, r.ended_at, h.subsurvey, h.targets, h.asked, h.spent
FROM generate_series(0, %(last)s::date - %(first)s::date) AS g (days)
CROSS JOIN LATERAL (
    SELECT %(first)s::date + g.days AS night, (%(first)s::date + g.days)::timestamp AT TIME ZONE 'UTC' AS since
) AS n
CROSS JOIN LATERAL (
    SELECT b.ended_at, b.counts -> 'fibre_hours' AS hours
    FROM tides.bridge_run AS b
    WHERE b.lane = 'live'
        AND b.ended_at >= n.since
        AND b.ended_at < n.since + interval '24 h'
        AND b.counts ? 'fibre_hours'
    ORDER BY b.ended_at DESC
    LIMIT 1
) AS r
CROSS JOIN LATERAL jsonb_to_recordset(r.hours) AS h (
    subsurvey text, targets integer, asked double precision, spent double precision
)
ORDER BY n.night DESC, h.subsurvey;
