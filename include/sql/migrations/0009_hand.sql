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
