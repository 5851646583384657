-- Out: what live targets asked for (fibre hours), by subsurvey, at the end of each of the last seven nights (UTC days),
-- as the newest live run of the night reported; tonight is left out.
SELECT n.night, h.subsurvey, h.asked
FROM (
    SELECT DISTINCT ON ((ended_at AT TIME ZONE 'UTC')::date)
        (ended_at AT TIME ZONE 'UTC')::date AS night, counts -> 'fibre_hours' AS hours
    FROM tides.bridge_run
    WHERE lane = 'live'
        AND ended_at > now() - interval '8 days'
        AND (ended_at AT TIME ZONE 'UTC')::date < (now() AT TIME ZONE 'UTC')::date
        AND counts ? 'fibre_hours'
    ORDER BY (ended_at AT TIME ZONE 'UTC')::date, ended_at DESC
) AS n
CROSS JOIN LATERAL jsonb_to_recordset(n.hours) AS h (subsurvey text, asked double precision)
ORDER BY n.night DESC, h.subsurvey;
