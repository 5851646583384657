-- In: an event, who has taken it up, and their words. Out: it says so, if it is open and nobody had it. A repeat changes
-- nothing.
UPDATE tides.event
SET acknowledged_by = %(by)s,
    acknowledged_at = now(),
    acknowledgement = %(words)s
WHERE event_id = %(event_id)s
    AND closed_at IS NULL
    AND acknowledged_at IS NULL;
