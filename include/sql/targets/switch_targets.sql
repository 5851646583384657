-- In: the temporary table verdict. Out: active and why of the targets of which the verdict says something new.
UPDATE tides.tides_master AS m
SET active = v.active,
    why = v.why,
    why_detail = v.detail,
    active_since = CASE WHEN m.active = v.active THEN m.active_since WHEN v.active THEN now() END,
    updated = now()
FROM verdict AS v
WHERE m.tides_id = v.tides_id
    AND m.tides_id = ANY (ARRAY(          -- by key, whatever else the master holds
        SELECT c.tides_id FROM verdict AS c
        WHERE (c.was_active, c.was, c.was_detail) IS DISTINCT FROM (c.active, c.why, c.detail)
    ))
    AND (m.active, m.why, m.why_detail) IS DISTINCT FROM (v.active, v.why, v.detail);
