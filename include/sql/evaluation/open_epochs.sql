-- In: what the selection is made of now, as a JSON list of {kind, subject, content}. Out: a row for what differs from
-- its newest one, and for what is no longer there. Returns the changed ones. Can be repeated: the second time nothing
-- differs.
WITH newest AS (
    SELECT DISTINCT ON (kind, subject) kind, subject, content
    FROM tides.selection_epoch
    ORDER BY kind, subject, selection_epoch_id DESC
), present AS (
    SELECT kind, subject, content
    FROM jsonb_to_recordset(%(present)s::jsonb) AS p (kind text, subject text, content jsonb)
)
INSERT INTO tides.selection_epoch (kind, subject, content, since, run_id)
SELECT coalesce(p.kind, n.kind), coalesce(p.subject, n.subject), p.content, now(), %(run_id)s
FROM present AS p
FULL JOIN newest AS n USING (kind, subject)
WHERE p.content IS DISTINCT FROM n.content
ORDER BY 1, 2
RETURNING kind, subject, content;
