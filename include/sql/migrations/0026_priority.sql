-- A priority among live targets, and creates that are held because they would exceed a budget of fibre hours.
ALTER TABLE tides.fourmost_target ADD COLUMN priority integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN tides.fourmost_target.priority IS 'By the settings'' template: the highest goes first. 4MOST is not told';
ALTER TABLE tides.fourmost_target DROP CONSTRAINT fourmost_target_held_check;
ALTER TABLE tides.fourmost_target ADD CONSTRAINT fourmost_target_held_check CHECK (held IN (
    'initial', 'created', 'host', 'new', 'faint', 'unobserved', 'reclassified', 'recurrent', 'merged', 'unreachable',
    'unselected', 'host_only', 'budget'
));
