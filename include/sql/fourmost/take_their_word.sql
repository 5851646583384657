-- In: a target, and what 4MOST holds of it, read by its key. The caller has locked the row and found no request under
-- way. Out: that as told, and no refusal. Can be repeated.
UPDATE tides.fourmost_target
SET told = %(told)s,
    told_at = now(),
    refusal = NULL,
    refused = NULL
WHERE id = %(id)s;
