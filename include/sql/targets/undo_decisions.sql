-- In: the cause of a withdrawal, and who takes it back. Out: no decision of this cause stands. A repeat finds none that
-- stands. It waits while somebody else decides.
UPDATE tides.operator_decision
SET undone_at = now(),
    undone_by = %(by)s
FROM (SELECT pg_advisory_xact_lock(hashtext('tides_decision')) OFFSET 0) AS alone
WHERE cause = %(cause)s
    AND undone_at IS NULL;
