-- In: two moments. Out: by kind, how many events were opened between them and how many closed. Records of what was over at
-- once are left out.
SELECT e.kind, sum(e.opened)::integer AS opened, sum(e.closed)::integer AS closed
FROM (
    SELECT kind, 1 AS opened, 0 AS closed
    FROM tides.event
    WHERE opened_at >= %(since)s AND opened_at < %(until)s AND closed_at IS DISTINCT FROM opened_at
    UNION ALL
    SELECT kind, 0, 1
    FROM tides.event
    WHERE closed_at >= %(since)s AND closed_at < %(until)s AND closed_at <> opened_at
) AS e
GROUP BY e.kind
ORDER BY e.kind;
