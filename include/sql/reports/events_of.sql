-- In: the subject of events. Out: its events in order, and those whose subject has a further word.
SELECT opened_at, kind, seen, closed_at, detail
FROM tides.event
WHERE subject = %(subject)s::text
    OR subject LIKE %(subject)s::text || ' %%'
ORDER BY event_id;
