-- In: a time. Out: every filter, function, template and limit up to then, with its time of use. Reads only.
SELECT
    selection_epoch_id AS epoch, kind, subject, since,
    lead(since) OVER (PARTITION BY kind, subject ORDER BY selection_epoch_id) AS until,
    content ->> 'hash' AS function_hash,
    coalesce(content ->> 'says', content::text) AS content
FROM tides.selection_epoch
WHERE since <= %(as_of)s
ORDER BY selection_epoch_id;
