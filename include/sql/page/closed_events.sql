-- In: how many. Out: the newest events that are closed, and records of what was over at once.
SELECT
    event_id, kind, subject, detail, opened_at, last_seen_at, seen, closed_at,
    acknowledged_by, acknowledged_at, acknowledgement
FROM tides.event
WHERE closed_at IS NOT NULL
ORDER BY event_id DESC
LIMIT %(most)s;
