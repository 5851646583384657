-- In: a kind, and subjects. Out: the open events of the kind are closed, but for those of these subjects. A repeat closes
-- none.
UPDATE tides.event
SET closed_at = now()
WHERE kind = %(kind)s AND closed_at IS NULL AND NOT subject = ANY (%(subjects)s::text[]);
