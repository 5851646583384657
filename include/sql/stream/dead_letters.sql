-- The dead letters, newest first: what could not be read (with its place in the log) or judged. Reads only.
SELECT
    dead_letter_id AS id,
    lane,
    stream,
    kind,
    coalesce(object_id, format('partition %%s offset %%s', partition, "offset")) AS what,
    reason,
    buried_at,
    octet_length(raw) AS bytes
FROM tides.dead_letter
WHERE %(stream)s::text IS NULL OR stream = %(stream)s
ORDER BY dead_letter_id DESC
LIMIT %(limit)s;
