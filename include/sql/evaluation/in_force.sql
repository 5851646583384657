-- Out: what the selection is made of by the newest live run: the newest content of each kind and subject in use. Reads
-- only.
SELECT kind, subject, content
FROM (
    SELECT DISTINCT ON (kind, subject) kind, subject, content
    FROM tides.selection_epoch
    ORDER BY kind, subject, selection_epoch_id DESC
) AS newest
WHERE content IS NOT NULL
ORDER BY kind, subject;
