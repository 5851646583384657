-- In: two moments, and how many. Out: what people did between them, the newest first: acts with an event, decisions on targets,
-- and open events that they took up. Decisions of a withdrawal stand as its event.
SELECT e.opened_at AS at, e.detail ->> 'by' AS by, e.kind AS what, e.subject AS about, e.detail ->> 'reason' AS reason
FROM tides.event AS e
WHERE e.opened_at >= %(since)s AND e.opened_at < %(until)s AND e.detail ? 'by'
UNION ALL
SELECT e.acknowledged_at, e.acknowledged_by, 'taken up: ' || e.kind, e.subject, e.acknowledgement
FROM tides.event AS e
WHERE e.acknowledged_at >= %(since)s AND e.acknowledged_at < %(until)s
UNION ALL
SELECT d.at, d.by, d.verb, coalesce(t.name, 'a place on the sky'), d.reason
FROM tides.operator_decision AS d
LEFT JOIN LATERAL (SELECT m.name FROM tides.target AS m WHERE m.tides_id = d.tides_id OFFSET 0) AS t ON true
WHERE d.at >= %(since)s AND d.at < %(until)s AND d.cause IS NULL
UNION ALL
SELECT d.undone_at, d.undone_by, 'undone: ' || d.verb, coalesce(t.name, 'a place on the sky'), d.undone_reason
FROM tides.operator_decision AS d
LEFT JOIN LATERAL (SELECT m.name FROM tides.target AS m WHERE m.tides_id = d.tides_id OFFSET 0) AS t ON true
WHERE d.undone_at >= %(since)s AND d.undone_at < %(until)s AND d.cause IS NULL
ORDER BY at DESC
LIMIT %(most)s;
