-- In: what the selection is made of now, as a JSON list of {kind, subject, content}. Out: a row for what differs from
-- its newest one, and for what is no longer there; each with who made the change and what the preview said, where a preview
-- of these changes was recorded. Returns the changed ones. Can be repeated: the second time nothing differs.
WITH newest AS (
    SELECT DISTINCT ON (kind, subject) kind, subject, content
    FROM tides.selection_epoch
    ORDER BY kind, subject, selection_epoch_id DESC
), present AS (
    SELECT kind, subject, content
    FROM jsonb_to_recordset(%(present)s::jsonb) AS p (kind text, subject text, content jsonb)
), changed AS (
    SELECT kind, subject, p.content, tides.change_key(kind, subject, p.content) AS key
    FROM present AS p
    FULL JOIN newest AS n USING (kind, subject)
    WHERE p.content IS DISTINCT FROM n.content
), previewed AS (          -- all that it has shown is made now, and it belongs to no earlier change
    SELECT p.preview_id, p.by, p.changes
    FROM tides.selection_preview AS p
    WHERE p.changes <@ (SELECT array_agg(key) FROM changed)
        AND NOT EXISTS (SELECT FROM tides.selection_epoch AS e WHERE e.preview_id = p.preview_id)
    ORDER BY p.preview_id DESC
    LIMIT 1
)
INSERT INTO tides.selection_epoch (kind, subject, content, run_id, by, preview_id)
SELECT c.kind, c.subject, c.content, %(run_id)s, coalesce(p.by, 'unknown'), p.preview_id
FROM changed AS c
LEFT JOIN previewed AS p ON c.key = ANY (p.changes)
ORDER BY 1, 2
RETURNING kind, subject, content;
