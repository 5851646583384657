-- What a red task was about, and why it is red. Airflow keeps no error, and forgets the label of a killed task.
CREATE TABLE tides.run_task (
    run_id    text NOT NULL REFERENCES tides.run_attempt (run_id),
    task_id   text NOT NULL,
    map_index integer NOT NULL,
    label     text,
    began_at  timestamptz NOT NULL DEFAULT now(),
    fault     text,
    error     text,
    failed_at timestamptz,
    PRIMARY KEY (run_id, task_id, map_index),
    CHECK ((fault IS NULL) = (failed_at IS NULL))
);
CREATE INDEX run_task_failed ON tides.run_task (failed_at);
COMMENT ON TABLE tides.run_task IS 'The task instances of an attempt that have begun, or should have, and have not ended well; one that ends well loses its row';
COMMENT ON COLUMN tides.run_task.map_index IS 'Airflow''s; -1: the task is not mapped';
COMMENT ON COLUMN tides.run_task.label IS 'The stream, chunk or batch of a mapped task; NULL: not mapped, or never begun';
COMMENT ON COLUMN tides.run_task.fault IS 'What its last try failed by, one of faults.Fault; NULL: it goes on, or was killed a moment ago';
COMMENT ON COLUMN tides.run_task.error IS 'The words of the error; NULL: there was none';

-- The page asks whether a newer attempt of the same DAG has begun.
CREATE INDEX run_attempt_of_dag ON tides.run_attempt (dag_id, started_at);
