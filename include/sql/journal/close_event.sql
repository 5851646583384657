-- In: an event's kind and subject. Out: no such event is open. A repeat finds none, and changes nothing.
UPDATE tides.event
SET closed_at = now()
WHERE (kind, subject) = (%(kind)s, %(subject)s)
    AND closed_at IS NULL;
