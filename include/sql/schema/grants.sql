-- In: nothing. Out: what tasks (tides_writer) and readers (tides_reader) may do is as written here, and nothing else is left
-- to them. `migrate` runs it each time, after tables, functions and views. The three group roles exist.
-- Each table stands in one of the lists below. tests/migration/test_grants.py compares them with the statements of the code.
REVOKE ALL ON SCHEMA tides FROM PUBLIC, tides_writer, tides_reader;
REVOKE ALL ON ALL TABLES IN SCHEMA tides FROM tides_writer, tides_reader;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA tides FROM tides_writer, tides_reader;

GRANT USAGE ON SCHEMA tides TO tides_writer, tides_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA tides TO tides_writer, tides_reader;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA tides TO tides_writer;

-- Append-only: no task changes or deletes what is written.
GRANT INSERT ON
    tides.candidate_visit_target, tides.criteria_form, tides.digest, tides.past, tides.report_told, tides.run_attempt,
    tides.selection_epoch, tides.selection_preview, tides.target_comment, tides.tides_history
TO tides_writer;

-- No row is deleted, and little of it is changed: what was said, by whom and when stays.
GRANT INSERT, UPDATE (ended_at) ON tides.alarm TO tides_writer;
GRANT INSERT, UPDATE (recorded) ON tides.fourmost_key TO tides_writer;
GRANT INSERT, UPDATE (tides_id, undone_at, undone_by, undone_reason) ON tides.operator_decision TO tides_writer;

-- Little of a row is changed, and it goes when it is too old: the task `prune`.
GRANT INSERT, DELETE, UPDATE (seen, last_seen_at, detail, closed_at, acknowledged_by, acknowledged_at, acknowledgement)
ON tides.event TO tides_writer;
GRANT INSERT, DELETE, UPDATE (merged_at) ON tides.selection TO tides_writer;

-- No row is deleted.
GRANT INSERT, UPDATE ON
    tides.alarm_message, tides.annotated_as, tides.annotation, tides.bridge_run, tides.fourmost_bulk, tides.fourmost_target,
    tides.host_limits, tides.judged_until, tides.lasair_call, tides.listed, tides.live_limits, tides.name_counter,
    tides.night_criterion, tides.night_pair, tides.night_rate, tides.night_step, tides.night_stream, tides.pruned_object,
    tides.retention_mark, tides.stream_audit, tides.stream_count, tides.survey, tides.survey_night, tides.tides_alias,
    tides.tides_context, tides.tides_hosts, tides.tides_master, tides.visit_reading
TO tides_writer;

-- No row is changed. Exchanges go when they are old; the rest are notes, and lists that are written anew.
GRANT INSERT, DELETE ON
    tides.accepted_unknown, tides.candidate_visit, tides.cell_count, tides.changed_target, tides.fourmost_exchange,
    tides.fourmost_stray, tides.host_candidate, tides.selection_input, tides.target_count, tides.to_count
TO tides_writer;
-- No row is changed here either, but the lock on a row needs the right.
GRANT INSERT, DELETE, UPDATE (hash) ON tides.judged_curve TO tides_writer;

GRANT INSERT, UPDATE, DELETE ON
    tides.candidate, tides.cell_night, tides.checked_object, tides.counted_object, tides.dead_letter, tides.function_in_use,
    tides.lasair_failure, tides.light_curve, tides.night_seen, tides.run_task, tides.stream_column, tides.stream_offset,
    tides.survey_limits, tides.target_band, tides.tides_spectrum, tides.to_annotate
TO tides_writer;

-- `migrate` alone writes schema_migration, schema_object and schema_version.

-- Only logins of the three groups enter the database, and only tasks make temporary tables.
DO $$
BEGIN
    IF (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()) THEN
        EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC, tides_writer, tides_reader', current_database());
        EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO tides_writer', current_database());
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO tides_reader', current_database());
    END IF;
    IF (SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'public') THEN
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    END IF;
END
$$;
