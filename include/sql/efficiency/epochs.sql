-- In: subjects of the record of changes. Out: each epoch of a filter, function or limit among them, oldest first, with the
-- time (JD UTC) from which and before which it was in force; until_jd NULL: it still is. No content: it was out of use.
SELECT
    kind,
    subject,
    content,
    tides.jd_utc(since) AS since_jd,
    tides.jd_utc(lead(since) OVER (PARTITION BY kind, subject ORDER BY selection_epoch_id)) AS until_jd
FROM tides.selection_epoch
WHERE kind IN ('filter', 'function', 'limits')
    AND subject = ANY (%(subjects)s)
ORDER BY selection_epoch_id;
