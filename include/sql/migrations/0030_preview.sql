-- What a preview said of an edit, and who meant to make it. The epoch that the edit opens names both.
CREATE TABLE tides.selection_preview (
    preview_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    by text NOT NULL,
    reason text NOT NULL,
    changes text[] NOT NULL,
    counts jsonb NOT NULL
);
COMMENT ON TABLE tides.selection_preview IS 'What previews said of edits, as far as a person asked to remember it';
COMMENT ON COLUMN tides.selection_preview.changes IS 'Each change of the edit, as tides.change_key names it';
COMMENT ON COLUMN tides.selection_preview.counts IS 'What enters, leaves, ends and begins, live targets and fibre hours before and after';

ALTER TABLE tides.selection_epoch ADD COLUMN by text NOT NULL DEFAULT 'unknown';
COMMENT ON COLUMN tides.selection_epoch.by IS 'Who made the change, by the preview that was recorded of it; a file has no author';
ALTER TABLE tides.selection_epoch ADD COLUMN preview_id bigint REFERENCES tides.selection_preview;
COMMENT ON COLUMN tides.selection_epoch.preview_id IS 'The preview of this change; NULL: none was recorded';
