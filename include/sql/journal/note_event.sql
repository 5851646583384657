-- In: an event's kind, subject and detail. Out: it is open, with this detail; `new` says whether it was not open before.
-- A repeat counts one more sighting.
INSERT INTO tides.event AS e (kind, subject, detail)
VALUES (%(kind)s, %(subject)s, %(detail)s)
ON CONFLICT (kind, subject) WHERE closed_at IS NULL
DO UPDATE SET seen = e.seen + 1, last_seen_at = now(), detail = excluded.detail
RETURNING seen = 1 AS new;
