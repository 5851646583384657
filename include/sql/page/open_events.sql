-- In: how many. Out: the open events, those that were seen last first.
SELECT
    event_id, kind, subject, detail, opened_at, last_seen_at, seen, closed_at,
    acknowledged_by, acknowledged_at, acknowledgement
FROM tides.event
WHERE closed_at IS NULL
ORDER BY last_seen_at DESC, event_id DESC
LIMIT %(most)s;
