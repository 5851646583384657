-- In: a target. Out: the steps of the targets that were merged into it, in order.
SELECT m.name AS target, h.at, h.step, h.reason, h.by
FROM tides.tides_master AS m
JOIN tides.tides_history AS h USING (tides_id)
WHERE m.merged_into = %(tides_id)s
ORDER BY h.history_id;
