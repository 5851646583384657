-- In: the name of a recurrent target, and why and by whom it counts again. Out: it does, until its next long silence; its
-- event is closed with reason and person. Gives its id, and no row where no recurrent target has this name: a repeat,
-- before the next run has judged it, closes no event again.
WITH again AS (
    UPDATE tides.tides_master
    SET reactivated_jd = jdmax,
        updated = now()
    WHERE name = %(name)s
        AND why = 'recurrent'
    RETURNING tides_id
), closed AS (
    UPDATE tides.event
    SET closed_at = now(),
        detail = detail || %(detail)s
    WHERE (kind, subject) = ('recurrent target', %(name)s)
        AND closed_at IS NULL
        AND EXISTS (SELECT FROM again)
)
SELECT tides_id FROM again;
