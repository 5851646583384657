-- In: a dead letter that cannot be read today either. Out: it has the new reason. Can be repeated.
UPDATE tides.dead_letter
SET reason = %(reason)s
WHERE dead_letter_id = %(dead_letter_id)s;
