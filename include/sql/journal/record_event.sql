-- In: kind, subject and detail of what happened and is over. Out: a closed event. A repeat records it once more: the
-- caller writes it in the transaction that does what it tells of.
INSERT INTO tides.event (kind, subject, detail, closed_at)
VALUES (%(kind)s, %(subject)s, %(detail)s, now());
