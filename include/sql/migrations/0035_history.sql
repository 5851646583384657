-- What an hour works on, kept apart from the history: an hour costs the same whatever was told in the years before.
-- `differs` also finds what an orphan told 4MOST as active after the target had ended, and requests under way.
ALTER TABLE tides.fourmost_target ADD COLUMN differs boolean NOT NULL GENERATED ALWAYS AS (
    wanted IS DISTINCT FROM told
    OR sending_since IS NOT NULL
    OR state <> 'live' AND coalesce(told ->> 'is_active' = 'true', false)
) STORED;
COMMENT ON COLUMN tides.fourmost_target.differs IS 'Whether 4MOST may hold something else than we want';
DROP INDEX tides.fourmost_target_open;
CREATE INDEX fourmost_target_differs ON tides.fourmost_target (id) WHERE differs;
CREATE INDEX fourmost_target_live ON tides.fourmost_target (id) WHERE state = 'live';
CREATE INDEX fourmost_target_guarded ON tides.fourmost_target (id) WHERE held IS NOT NULL OR released_at IS NOT NULL;
CREATE INDEX fourmost_target_ingested ON tides.fourmost_target (date_ingested);
CREATE INDEX tides_hosts_active ON tides.tides_hosts (tides_id) WHERE active;

ALTER TABLE tides.fourmost_key ADD COLUMN recorded boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN tides.fourmost_key.recorded IS 'Whether the master, or tides_hosts, has it as the key of its target';
UPDATE tides.fourmost_key AS k
SET recorded = true
WHERE k.status = 'current'
    AND (
        EXISTS (SELECT FROM tides.tides_master AS m WHERE (m.tides_id, m.pk_4most) = (k.id, k.pk))
        OR EXISTS (SELECT FROM tides.tides_hosts AS h WHERE (h.tides_id, h.pk_4most) = (k.id, k.pk))
    );
CREATE INDEX fourmost_key_target ON tides.fourmost_key (id);
CREATE INDEX fourmost_key_unrecorded ON tides.fourmost_key (id) WHERE NOT recorded AND status = 'current';
