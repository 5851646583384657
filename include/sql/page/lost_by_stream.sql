-- In: two nights (UTC days), and a stream or an empty text for all. Out: of how many objects the broker had lost messages, by
-- stream and by the night in which the broker's database had changed them. A loss whose night nobody knows counts in the
-- night in which it was found.
SELECT e.subject AS stream, d.night, sum(d.objects)::integer AS objects
FROM tides.event AS e
CROSS JOIN LATERAL (
    SELECT
        CASE WHEN key = 'unknown' THEN (e.last_seen_at AT TIME ZONE 'UTC')::date ELSE key::date END AS night,
        value::integer AS objects
    FROM jsonb_each_text(e.detail -> 'days')
) AS d
WHERE e.kind = 'broker lost'
    -- No loss is found before its night.
    AND e.last_seen_at >= %(first)s::date::timestamp AT TIME ZONE 'UTC'
    AND d.night BETWEEN %(first)s AND %(last)s
    AND %(stream)s IN ('', e.subject)
GROUP BY e.subject, d.night
ORDER BY e.subject, d.night;
