-- In: a target to keep, one to merge into it, why and by whom. Out: the second one, and all that was merged into it
-- before, is merged into the first; its history says so. Under the master lock; the caller refuses a second time.
WITH merged AS (
    UPDATE tides.tides_master
    SET merged_into = %(keep)s,
        updated = now()
    WHERE tides_id = %(drop)s
        OR merged_into = %(drop)s
)
INSERT INTO tides.tides_history (tides_id, step, reason, by, at)
VALUES (%(drop)s, 'merged', %(reason)s, %(by)s, now());
