-- In: the attempt of a run (by), and when the run has begun (since). Out: how many targets it has switched so far, and how
-- many are live now. Hosts do not count. Reads only.
SELECT
    count(*) FILTER (WHERE h.step = 'selected') AS new,
    count(*) FILTER (WHERE h.step IN ('reactivated', 'forced')) AS reactivated,
    count(*) FILTER (WHERE h.step IN ('deactivated', 'vetoed', 'observed')) AS deactivated,
    count(*) FILTER (WHERE h.step = 'merged') AS merged,
    (SELECT count(*) FROM tides.tides_master WHERE active) AS live
FROM tides.tides_history AS h
JOIN tides.tides_master AS m USING (tides_id)
WHERE h.at >= %(since)s
    AND h.by = %(by)s;
