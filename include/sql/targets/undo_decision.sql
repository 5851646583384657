-- In: a decision's number, and who takes it back. Out: it stands no more. A repeat finds none that stands.
UPDATE tides.operator_decision
SET undone_at = now(),
    undone_by = %(by)s
WHERE decision_id = %(decision_id)s
    AND undone_at IS NULL;
