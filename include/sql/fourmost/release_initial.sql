-- In: who releases the creates of a first start. Out: none of them is held any more. A repeat finds none, and changes
-- nothing.
UPDATE tides.fourmost_target
SET held = NULL,
    held_since = NULL,
    released_by = %(by)s,
    released_at = now()
WHERE held = 'initial';
