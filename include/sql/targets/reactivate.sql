-- In: the name of a recurrent target, under the master lock. Out: it counts as live from the next run on, until its next
-- long silence; its number, or no row when no recurrent target has this name. A repeat changes nothing more.
UPDATE tides.tides_master
SET reactivated_jd = jdmax,
    updated = now()
WHERE name = %(name)s
    AND why = 'recurrent'
RETURNING tides_id;
