-- In: whether good runs count. Out: the live runs that have ended within two hours and whose report is no message yet, the
-- oldest first.
SELECT r.run_id, r.good, r.report
FROM tides.bridge_run AS r
WHERE r.lane = 'live' AND r.ended_at > now() - interval '2 h' AND (NOT r.good OR %(good)s)
    AND NOT EXISTS (SELECT FROM tides.report_told AS t WHERE t.run_id = r.run_id)
ORDER BY r.ended_at;
