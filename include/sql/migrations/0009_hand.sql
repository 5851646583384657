-- What people decide of targets, and the spectra that end a request.

CREATE TABLE tides.operator_decision (
    decision_id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    verb          text NOT NULL CHECK (verb IN ('veto', 'force')),
    tides_id      integer REFERENCES tides.tides_master,
    ra            double precision CHECK (ra >= 0 AND ra < 360),
    dec           double precision CHECK (dec BETWEEN -90 AND 90),
    radius_arcsec double precision CHECK (radius_arcsec > 0 AND radius_arcsec <= 60),
    reason        text NOT NULL CHECK (reason <> ''),
    by            text NOT NULL CHECK (by <> ''),
    at            timestamptz NOT NULL DEFAULT now(),
    undone_at     timestamptz,
    undone_by     text,
    CHECK (num_nonnulls(ra, dec, radius_arcsec) = CASE WHEN tides_id IS NULL THEN 3 ELSE 0 END),
    CHECK (num_nonnulls(undone_at, undone_by) IN (0, 2))
);
CREATE INDEX operator_decision_target ON tides.operator_decision (tides_id) WHERE undone_at IS NULL;
COMMENT ON TABLE tides.operator_decision IS 'Vetoes and forces: on a target, or on all within a radius of a position (ICRS)';

CREATE VIEW tides.decision_on_target AS
SELECT tides_id, decision_id, verb, reason, by, at, undone_at, undone_by
FROM tides.operator_decision
WHERE tides_id IS NOT NULL
UNION ALL
SELECT m.tides_id, d.decision_id, d.verb, d.reason, d.by, d.at, d.undone_at, d.undone_by
FROM tides.operator_decision AS d
JOIN tides.tides_master AS m
    ON m.dec BETWEEN d.dec - d.radius_arcsec / 3600 AND d.dec + d.radius_arcsec / 3600
    AND tides.separation_arcsec(m.ra, m.dec, d.ra, d.dec) <= d.radius_arcsec
WHERE d.tides_id IS NULL;
COMMENT ON VIEW tides.decision_on_target IS 'Each decision, the undone ones too, with each target that it is on, by itself or by its place';

CREATE TABLE tides.tides_spectrum (
    tides_id    integer NOT NULL REFERENCES tides.tides_master,
    night       date NOT NULL,
    state       text NOT NULL CHECK (state IN ('attempted', 'partial', 'complete')),
    snr         double precision CHECK (snr >= 0 AND snr < 1e6),
    source      text NOT NULL CHECK (source <> ''),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tides_id, night, source)
);
COMMENT ON TABLE tides.tides_spectrum IS 'Spectra of targets; other programs may write here too (docs/operations.md)';
COMMENT ON COLUMN tides.tides_spectrum.night IS 'Date of the evening at Paranal';
COMMENT ON COLUMN tides.tides_spectrum.snr IS 'Signal to noise, as the source counts it';

ALTER TABLE tides.tides_history DROP CONSTRAINT tides_history_step_check;
ALTER TABLE tides.tides_history ADD CONSTRAINT tides_history_step_check CHECK (step IN (
    'selected', 'created', 'ingested', 'deactivated', 'reactivated', 'vetoed', 'forced', 'observed'
));
