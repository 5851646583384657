-- In: a decision's number, and who takes it back. Out: the decision is undone. A repeat changes nothing.
UPDATE tides.operator_decision
SET undone_at = now(),
    undone_by = %(by)s
WHERE decision_id = %(decision_id)s
    AND undone_at IS NULL;
