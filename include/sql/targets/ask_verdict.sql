-- A part of judge_targets.sql and try_decision.sql: asks tides.live_verdict of the targets in the temporary table to_judge,
-- of all where it has a NULL. Out: the temporary table verdict, one row a target, with how it stood; empty in a replay.
CREATE TEMPORARY TABLE verdict ON COMMIT DROP AS
SELECT v.*, m.name, m.active AS was_active, m.why AS was, m.why_detail AS was_detail
FROM (
    SELECT CASE WHEN count(*) = count(tides_id) THEN coalesce(array_agg(DISTINCT tides_id), '{}') END AS some
    FROM to_judge
) AS j
CROSS JOIN LATERAL tides.live_verdict_of(coalesce(nullif(%(as_of)s, '')::timestamptz, now()), j.some) AS v
JOIN tides.tides_master AS m USING (tides_id)
WHERE %(live)s::boolean;
ALTER TABLE verdict ADD PRIMARY KEY (tides_id);
ANALYZE verdict (tides_id, why, was);
