-- In: kinds of events, and a moment. Out: of these kinds only what was seen since then is open. A repeat changes nothing.
UPDATE tides.event
SET closed_at = now()
WHERE closed_at IS NULL
    AND kind = ANY (%(kinds)s)
    AND last_seen_at < %(since)s;
