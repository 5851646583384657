-- Host galaxies of targets. All that 4MOST may be told of has its id from one sequence: the id alone names its row.

DROP TRIGGER note_created ON tides.fourmost_key;
DROP TRIGGER note_ingested ON tides.fourmost_target;
DROP TRIGGER note_ingested_at_once ON tides.fourmost_target;

ALTER TABLE tides.fourmost_target DROP COLUMN kind;
ALTER TABLE tides.fourmost_target ADD PRIMARY KEY (id);
CREATE INDEX fourmost_target_open ON tides.fourmost_target (id) WHERE wanted IS DISTINCT FROM told;
ALTER TABLE tides.fourmost_target DROP CONSTRAINT fourmost_target_held_check;
ALTER TABLE tides.fourmost_target ADD CONSTRAINT fourmost_target_held_check
    CHECK (held IN ('initial', 'created', 'host', 'faint', 'reclassified', 'unobserved'));

ALTER TABLE tides.fourmost_key DROP COLUMN kind;
CREATE UNIQUE INDEX fourmost_key_current ON tides.fourmost_key (id) WHERE status = 'current';

ALTER TABLE tides.fourmost_exchange DROP COLUMN kind;
CREATE INDEX fourmost_exchange_target ON tides.fourmost_exchange (id, exchange_id);

CREATE TRIGGER note_created AFTER INSERT ON tides.fourmost_key
    FOR EACH ROW WHEN (NEW.status = 'current')
    EXECUTE FUNCTION tides.note_created();
CREATE TRIGGER note_ingested AFTER UPDATE OF date_ingested ON tides.fourmost_target
    FOR EACH ROW WHEN (OLD.date_ingested IS NULL AND NEW.date_ingested IS NOT NULL)
    EXECUTE FUNCTION tides.note_ingested();
CREATE TRIGGER note_ingested_at_once AFTER INSERT ON tides.fourmost_target
    FOR EACH ROW WHEN (NEW.date_ingested IS NOT NULL)
    EXECUTE FUNCTION tides.note_ingested();

CREATE TABLE tides.tides_hosts (
    tides_id      integer PRIMARY KEY DEFAULT nextval('tides.tides_master_tides_id_seq'),
    name          text UNIQUE,
    catalogue     text NOT NULL,
    catalogue_id  text NOT NULL,
    ra            double precision NOT NULL CHECK (ra >= 0 AND ra < 360),
    dec           double precision NOT NULL CHECK (dec BETWEEN -90 AND 90),
    redshift      double precision CHECK (redshift > 0 AND redshift <= 10),
    photo_z       double precision CHECK (photo_z > 0 AND photo_z <= 10),
    band          text,
    mag           double precision CHECK (mag BETWEEN -30 AND 60),
    mag_err       double precision CHECK (mag_err BETWEEN 0 AND 1e6),
    radius_arcsec double precision CHECK (radius_arcsec > 0 AND radius_arcsec <= 3600),
    template      text NOT NULL,
    active        boolean NOT NULL DEFAULT false,
    reason        text NOT NULL DEFAULT 'new',
    active_since  timestamptz,
    pk_4most      bigint UNIQUE,
    ostd_targ_id  bigint,
    ostd_u_obj_id bigint,
    created       timestamptz NOT NULL DEFAULT now(),
    updated       timestamptz NOT NULL DEFAULT now(),
    UNIQUE (catalogue, catalogue_id),
    CHECK (name IS NOT NULL OR NOT active)
) WITH (fillfactor = 80);
CREATE INDEX tides_hosts_dec ON tides.tides_hosts (dec);
COMMENT ON TABLE tides.tides_hosts IS 'One row a galaxy that may be the host of a target, by Lasair''s Sherlock';
COMMENT ON COLUMN tides.tides_hosts.tides_id IS 'From the sequence of tides_master: no target has it';
COMMENT ON COLUMN tides.tides_hosts.name IS 'Drawn when it is first wanted at 4MOST';
COMMENT ON COLUMN tides.tides_hosts.redshift IS 'Spectroscopic, by its catalogue';
COMMENT ON COLUMN tides.tides_hosts.mag IS 'By its catalogue, in `band`';
COMMENT ON COLUMN tides.tides_hosts.radius_arcsec IS 'Semi-major axis, by its catalogue';
COMMENT ON COLUMN tides.tides_hosts.active IS 'Wanted at 4MOST; computed by queue_hosts.sql, a part of deactivate_unobserved.sql, alone';

CREATE TABLE tides.host_candidate (
    tides_id          integer NOT NULL REFERENCES tides.tides_master,
    host_id           integer NOT NULL REFERENCES tides.tides_hosts,
    rank              integer NOT NULL CHECK (rank > 0),
    separation_arcsec double precision NOT NULL CHECK (separation_arcsec >= 0),
    PRIMARY KEY (tides_id, host_id),
    UNIQUE (tides_id, rank)
);
CREATE INDEX host_candidate_host ON tides.host_candidate (host_id);
COMMENT ON TABLE tides.host_candidate IS 'The galaxies that may be a target''s host; only rank 1 is ever sent to 4MOST';

ALTER TABLE tides.tides_master ADD COLUMN hosts_asked_at timestamptz;
COMMENT ON COLUMN tides.tides_master.hosts_asked_at IS 'When Sherlock was last asked for its hosts';

CREATE VIEW tides.target AS
SELECT tides_id, 'sn' AS kind, name, ra, dec, template, active, reason, active_since, pk_4most, merged_into
FROM tides.tides_master
UNION ALL
SELECT tides_id, 'host', name, ra, dec, template, active, reason, active_since, pk_4most, NULL
FROM tides.tides_hosts;
COMMENT ON VIEW tides.target IS 'All that 4MOST may be told of: transients and host galaxies';

-- Steps, decisions and spectra are of hosts, too.
ALTER TABLE tides.tides_history DROP CONSTRAINT tides_history_tides_id_fkey;
ALTER TABLE tides.operator_decision DROP CONSTRAINT operator_decision_tides_id_fkey;
ALTER TABLE tides.tides_spectrum DROP CONSTRAINT tides_spectrum_tides_id_fkey;

CREATE FUNCTION tides.demand_target() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.tides_id IS NOT NULL AND NOT EXISTS (SELECT FROM tides.target WHERE tides_id = NEW.tides_id) THEN
        RAISE EXCEPTION 'there is no target %', NEW.tides_id
            USING ERRCODE = 'foreign_key_violation', HINT = 'take tides_id from tides.target';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER demand_target BEFORE INSERT OR UPDATE OF tides_id ON tides.operator_decision
    FOR EACH ROW EXECUTE FUNCTION tides.demand_target();
CREATE TRIGGER demand_target BEFORE INSERT OR UPDATE OF tides_id ON tides.tides_spectrum
    FOR EACH ROW EXECUTE FUNCTION tides.demand_target();

CREATE OR REPLACE VIEW tides.decision_on_target AS
SELECT tides_id, decision_id, verb, reason, by, at, undone_at, undone_by
FROM tides.operator_decision
WHERE tides_id IS NOT NULL
UNION ALL
SELECT m.tides_id, d.decision_id, d.verb, d.reason, d.by, d.at, d.undone_at, d.undone_by
FROM tides.operator_decision AS d
JOIN tides.target AS m
    ON m.dec BETWEEN d.dec - d.radius_arcsec / 3600 AND d.dec + d.radius_arcsec / 3600
    AND tides.separation_arcsec(m.ra, m.dec, d.ra, d.dec) <= d.radius_arcsec
WHERE d.tides_id IS NULL;

CREATE OR REPLACE FUNCTION tides.demand_keys(keys jsonb) RETURNS integer
    LANGUAGE plpgsql AS $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(format('%s (key %s)', k.name, k.pk), ', ' ORDER BY k.pk) INTO missing
        FROM jsonb_to_recordset(keys) AS k (id integer, pk bigint, name text)
        LEFT JOIN tides.target AS m ON m.tides_id = k.id AND m.pk_4most = k.pk
        WHERE m.tides_id IS NULL;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION '4MOST gave keys in this run that the master lacks: %', missing
            USING HINT = 'see tides.fourmost_key for these targets; another key is current there';
    END IF;
    RETURN jsonb_array_length(keys);
END $$;
