-- In: the cause of a withdrawal, and who takes it back. Out: no decision of this cause stands. A repeat finds none that
-- stands.
UPDATE tides.operator_decision
SET undone_at = now(),
    undone_by = %(by)s
WHERE cause = %(cause)s
    AND undone_at IS NULL;
