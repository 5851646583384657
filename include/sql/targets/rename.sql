-- In: a target that was never told to anybody, by its id, and the name that it takes; with a null name it draws the
-- next one of the prefix. Out: its new name, also in fourmost_target. Under the master lock. A repeat with a null name
-- draws another one. A transient and a host never have the same id: one of the first two updates finds nothing.
WITH transient AS (
    UPDATE tides.tides_master
    SET name = coalesce(%(name)s, tides.draw_name(%(prefix)s)),
        updated = now()
    WHERE tides_id = %(tides_id)s
    RETURNING tides_id, name
), host AS (
    UPDATE tides.tides_hosts
    SET name = coalesce(%(name)s, tides.draw_name(%(prefix)s)),
        updated = now()
    WHERE tides_id = %(tides_id)s
    RETURNING tides_id, name
), given AS (
    SELECT tides_id, name FROM transient
    UNION ALL
    SELECT tides_id, name FROM host
), at_4most AS (
    UPDATE tides.fourmost_target AS f
    SET name = g.name
    FROM given AS g
    WHERE f.id = g.tides_id
)
SELECT name FROM given;
