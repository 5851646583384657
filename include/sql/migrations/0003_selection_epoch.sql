-- When the selection changed, and which epoch each verdict belongs to.

CREATE TABLE tides.selection_epoch (
    selection_epoch_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind    text NOT NULL CHECK (kind IN ('filter', 'function', 'template', 'limits')),
    subject text NOT NULL,
    content jsonb,
    since   timestamptz NOT NULL DEFAULT now(),
    run_id  text NOT NULL
);
CREATE INDEX selection_epoch_newest ON tides.selection_epoch (kind, subject, selection_epoch_id DESC);
COMMENT ON TABLE tides.selection_epoch IS 'Every change of feed filter, function, template or limit, with its date';
COMMENT ON COLUMN tides.selection_epoch.subject IS 'Stream, stream/function, template or the name of the limits';
COMMENT ON COLUMN tides.selection_epoch.content IS 'What holds since then; NULL: no longer in use';

ALTER TABLE tides.selection ADD COLUMN selection_epoch_id bigint;
COMMENT ON COLUMN tides.selection.selection_epoch_id IS 'The newest change of the selection before this verdict';
