-- A run that is cleared or processed again is another attempt with a row of its own, and overwrites nothing. Airflow
-- gives both the same run id. The key of `bridge_run` stays, since older code needs it: a later attempt is RUN#2.
CREATE TABLE tides.run_attempt (
    run_id       text PRIMARY KEY,
    dag_run_id   text NOT NULL,
    attempt      integer NOT NULL CHECK (attempt >= 1),
    dag_id       text,
    lane         text NOT NULL,
    started_at   timestamptz NOT NULL,
    window_start timestamptz,
    window_end   timestamptz,
    code_version text NOT NULL,
    UNIQUE (dag_run_id, started_at)
);
COMMENT ON TABLE tides.run_attempt IS 'Each attempt of each run, noted by its first task; append-only';
COMMENT ON COLUMN tides.run_attempt.run_id IS 'How all tables name the attempt: Airflow''s run id for the first one, RUN#2 for the second';
COMMENT ON COLUMN tides.run_attempt.dag_run_id IS 'Airflow''s run id';
COMMENT ON COLUMN tides.run_attempt.dag_id IS 'NULL: noted by its report, outside of Airflow';
COMMENT ON COLUMN tides.run_attempt.started_at IS 'When Airflow started the attempt: a retry has the same, a clear of an ended run another one';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tides.run_attempt
    EXECUTE FUNCTION tides.refuse_change();

ALTER TABLE tides.bridge_run ADD COLUMN airflow_state text;
COMMENT ON COLUMN tides.bridge_run.airflow_state IS 'The attempt ended without its report, in this state of Airflow''s, and a later run wrote the row; NULL: it reported itself';
COMMENT ON TABLE tides.bridge_run IS 'One row an attempt of a run, kept whatever becomes of Airflow''s own tables';
