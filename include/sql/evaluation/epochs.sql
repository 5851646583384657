-- Out: every change of the selection, oldest first, each with what held before it, who made it, and what the preview of it
-- said. `before` is NULL for the first of its kind and subject, and for what was out of use.
SELECT
    e.selection_epoch_id,
    e.since,
    e.kind,
    e.subject,
    lag(e.content) OVER same AS before,
    e.content AS after,
    lag(e.selection_epoch_id) OVER same IS NULL AS first,
    e.by,
    p.reason,
    p.counts
FROM tides.selection_epoch AS e
LEFT JOIN tides.selection_preview AS p USING (preview_id)
WINDOW same AS (PARTITION BY e.kind, e.subject ORDER BY e.selection_epoch_id)
ORDER BY e.selection_epoch_id;
