-- In: how many candidate visits were read, how many could not be. Out: the one row of visit_reading. It comes first in the
-- transaction, since it locks: of two readings at once the second one waits here.
INSERT INTO tides.visit_reading (visits, unreadable)
VALUES (%(visits)s, %(unreadable)s)
ON CONFLICT (one) DO UPDATE
SET read_at = now(),
    visits = excluded.visits,
    unreadable = excluded.unreadable;
