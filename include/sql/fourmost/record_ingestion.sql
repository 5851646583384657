-- In: rows of 4MOST, as JSON {id, name, date_ingested, ostd_targ_id, ostd_u_obj_id}. Out: the OSTD ids in tides_master or
-- tides_hosts, and the date in fourmost_target, of the targets whose current key and name they bear; returns the targets
-- that are newly ingested. Can be repeated: touches only what changed, and never takes a date back.
WITH given AS (
    SELECT k.id, g.date_ingested, g.ostd_targ_id, g.ostd_u_obj_id
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS g (
        id bigint, name text, date_ingested timestamptz, ostd_targ_id bigint, ostd_u_obj_id bigint
    )
    JOIN tides.fourmost_key AS k ON (k.pk, k.name, k.status) = (g.id, g.name, 'current')
), identified AS (
    UPDATE tides.tides_master AS m
    SET ostd_targ_id = g.ostd_targ_id,
        ostd_u_obj_id = g.ostd_u_obj_id,
        updated = now()
    FROM given AS g
    WHERE m.tides_id = g.id
        AND g.ostd_targ_id IS NOT NULL
        AND (m.ostd_targ_id, m.ostd_u_obj_id) IS DISTINCT FROM (g.ostd_targ_id, g.ostd_u_obj_id)
), identified_host AS (
    UPDATE tides.tides_hosts AS h
    SET ostd_targ_id = g.ostd_targ_id,
        ostd_u_obj_id = g.ostd_u_obj_id,
        updated = now()
    FROM given AS g
    WHERE h.tides_id = g.id
        AND g.ostd_targ_id IS NOT NULL
        AND (h.ostd_targ_id, h.ostd_u_obj_id) IS DISTINCT FROM (g.ostd_targ_id, g.ostd_u_obj_id)
)
UPDATE tides.fourmost_target AS f
SET date_ingested = g.date_ingested
FROM given AS g
WHERE f.id = g.id
    AND g.date_ingested IS NOT NULL
    AND f.date_ingested IS DISTINCT FROM g.date_ingested
RETURNING f.id;
