-- In: the targets whose refusals opened the breaker. Out: none of them is refused any more, and the attempt that 4MOST
-- refused does not count. A repeat finds none that is refused, and changes nothing.
UPDATE tides.fourmost_target
SET refused = NULL,
    refusal = NULL,
    not_before = NULL,
    attempt = greatest(attempt - 1, 0)
WHERE id = ANY (%(ids)s)
    AND refused IS NOT NULL;
