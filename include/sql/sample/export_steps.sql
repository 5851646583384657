-- In: a time. Out: the steps of targets and hosts up to then, in words. Reads only.
SELECT t.name, t.tides_id, t.kind, h.at, h.step, h.reason
FROM tides.tides_history AS h
JOIN tides.target_at(%(as_of)s) AS t USING (tides_id)
WHERE h.at <= %(as_of)s
ORDER BY t.tides_id, h.history_id;
