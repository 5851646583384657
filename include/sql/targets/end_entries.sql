-- In: a list and the names of all its entries. Out: every other entry of the list ends. A repeat changes nothing.
UPDATE tides.listed
SET removed_at = now(),
    removed_by = %(by)s
WHERE list = %(list)s
    AND NOT entry = ANY (%(names)s)
    AND removed_at IS NULL;
