-- In: the name of a target, a reason and a person. Out: the target's event is closed, with both in its detail. A repeat
-- finds no open event.
UPDATE tides.event
SET closed_at = now(),
    detail = detail || %(answer)s
WHERE (kind, subject) = ('recurrent target', %(name)s)
    AND closed_at IS NULL;
