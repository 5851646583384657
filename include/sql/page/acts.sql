-- In: a moment, and how many. Out: what people released, replayed and buried since then, the newest first.
SELECT
    event_id, kind, subject, detail, opened_at, last_seen_at, seen, closed_at,
    acknowledged_by, acknowledged_at, acknowledgement
FROM tides.event
WHERE kind IN ('released', 'first start released', 'refusals released', 'dead letters replayed', 'message buried')
    AND opened_at >= %(since)s
ORDER BY opened_at DESC, event_id DESC
LIMIT %(most)s;
