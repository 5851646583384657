-- In: a target. Out: what people have decided of it or of its place, in order, and what of it was undone.
SELECT decision_id AS number, at, verb, by, reason, undone_at, undone_by, undone_reason
FROM tides.decision_on_target
WHERE tides_id = %(tides_id)s
ORDER BY decision_id;
