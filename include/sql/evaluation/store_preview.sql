-- In: the changes of an edit as a JSON list of {kind, subject, content}, what the preview says of it, and who means to
-- make it, why. Out: a row, which the epoch of these changes will name.
INSERT INTO tides.selection_preview (by, reason, changes, counts)
SELECT %(by)s, %(reason)s, array_agg(tides.change_key(c.kind, c.subject, c.content)), %(counts)s::jsonb
FROM jsonb_to_recordset(%(changes)s::jsonb) AS c (kind text, subject text, content jsonb);
