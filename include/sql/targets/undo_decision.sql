-- In: a decision's number, and who takes it back, with why (else null). Out: the decision is undone. A repeat changes
-- nothing. It waits while somebody else decides.
UPDATE tides.operator_decision
SET undone_at = now(),
    undone_by = %(by)s,
    undone_reason = %(reason)s
FROM (SELECT pg_advisory_xact_lock(hashtext('tides_decision')) OFFSET 0) AS alone
WHERE decision_id = %(decision_id)s
    AND undone_at IS NULL;
