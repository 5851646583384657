-- In: what is stored, and the clock. Out: the temporary table verdict, one row a target, with how it stood before; empty
-- in a replay. Of the surveys no statistics are made: they would cost more than they tell the planner.
CREATE TEMPORARY TABLE verdict ON COMMIT DROP AS
SELECT v.*, m.name, m.active AS was_active, m.why AS was, m.why_detail AS was_detail
FROM tides.live_verdict(coalesce(nullif(%(as_of)s, '')::timestamptz, now())) AS v
JOIN tides.tides_master AS m USING (tides_id)
WHERE %(live)s::boolean;
ALTER TABLE verdict ADD PRIMARY KEY (tides_id);
ANALYZE verdict (tides_id, why, was);
