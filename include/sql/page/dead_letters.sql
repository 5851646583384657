-- In: how many, and how many bytes of each. Out: the newest dead letters.
SELECT
    dead_letter_id,
    lane,
    stream,
    kind,
    partition,
    "offset",
    object_id,
    reason,
    buried_at,
    octet_length(raw) AS size,
    substring(raw FROM 1 FOR %(bytes)s) AS beginning
FROM tides.dead_letter
ORDER BY dead_letter_id DESC
LIMIT %(most)s;
