-- Out: rows that 4MOST refused may be sent again at once. A repeat finds none that is refused, and changes nothing.
UPDATE tides.fourmost_target
SET refusal = NULL,
    refused = NULL,
    not_before = NULL,
    attempt = 0
WHERE refusal IS NOT NULL;
