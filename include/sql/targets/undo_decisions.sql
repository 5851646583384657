-- In: a reason, and who takes back what was decided for it. Out: no decision of this very reason stands. A repeat
-- finds none that stands.
UPDATE tides.operator_decision
SET undone_at = now(),
    undone_by = %(by)s
WHERE reason = %(reason)s
    AND undone_at IS NULL;
