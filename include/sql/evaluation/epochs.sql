-- Out: every change of the selection, oldest first, each with what held before it. `before` is NULL for the first of
-- its kind and subject, and for what was out of use.
SELECT
    selection_epoch_id,
    since,
    kind,
    subject,
    lag(content) OVER same AS before,
    content AS after,
    lag(selection_epoch_id) OVER same IS NULL AS first
FROM tides.selection_epoch
WINDOW same AS (PARTITION BY kind, subject ORDER BY selection_epoch_id)
ORDER BY selection_epoch_id;
