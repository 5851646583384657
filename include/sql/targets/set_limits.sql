-- In: the settings of live or not, and the functions in use. Out: live_limits, survey_limits and function_in_use, by
-- which tides.live_verdict decides, and host_limits. Changes nothing in a replay. Can be repeated: only rows that differ are written.
INSERT INTO tides.live_limits AS t (
    hysteresis_mag, unobserved_days, survey_night_objects, visit_objects, other_survey_days, complete_snr
)
SELECT
    %(hysteresis_mag)s::double precision, %(unobserved_days)s::double precision, %(survey_night_objects)s::integer,
    %(visit_objects)s::integer, %(other_survey_days)s::double precision, nullif(%(complete_snr)s, '')::double precision
WHERE %(live)s::boolean
ON CONFLICT (one) DO UPDATE
SET hysteresis_mag = excluded.hysteresis_mag,
    unobserved_days = excluded.unobserved_days,
    survey_night_objects = excluded.survey_night_objects,
    visit_objects = excluded.visit_objects,
    other_survey_days = excluded.other_survey_days,
    complete_snr = excluded.complete_snr
WHERE ROW(t.*) IS DISTINCT FROM ROW(excluded.*);

INSERT INTO tides.host_limits AS t (queue, not_for, unseen_days, faint_mag, skip_known_redshift)
SELECT
    %(host_queue)s::boolean, %(host_not_for)s::jsonb, %(host_unseen_days)s::double precision,
    %(host_faint_mag)s::double precision, %(host_skip_known_redshift)s::boolean
WHERE %(live)s::boolean
ON CONFLICT (one) DO UPDATE
SET queue = excluded.queue,
    not_for = excluded.not_for,
    unseen_days = excluded.unseen_days,
    faint_mag = excluded.faint_mag,
    skip_known_redshift = excluded.skip_known_redshift
WHERE ROW(t.*) IS DISTINCT FROM ROW(excluded.*);

DELETE FROM tides.survey_limits AS t
WHERE %(live)s::boolean
    AND NOT EXISTS (
        SELECT FROM jsonb_to_recordset(%(surveys)s::jsonb) AS s (survey text) WHERE s.survey = t.survey
    );

-- Nothing reads unobserved_nights any more, and it may not be NULL.
INSERT INTO tides.survey_limits AS t
SELECT s.*
FROM jsonb_populate_recordset(
    jsonb_populate_record(NULL::tides.survey_limits, '{"unobserved_nights": 0}'), %(surveys)s::jsonb
) AS s
WHERE %(live)s::boolean
ON CONFLICT (survey) DO UPDATE
SET streams = excluded.streams,
    bands = excluded.bands,
    faint_limit = excluded.faint_limit,
    current_window_days = excluded.current_window_days,
    current_max_age_days = excluded.current_max_age_days,
    unobserved_nights = excluded.unobserved_nights,
    unobserved_visits = excluded.unobserved_visits,
    recurrent_days = excluded.recurrent_days
WHERE ROW(t.*) IS DISTINCT FROM ROW(excluded.*);

DELETE FROM tides.function_in_use AS t
WHERE %(live)s::boolean
    AND NOT EXISTS (
        SELECT FROM jsonb_to_recordset(%(functions)s::jsonb) AS s (rank integer) WHERE s.rank = t.rank
    );

INSERT INTO tides.function_in_use AS t
SELECT s.*
FROM jsonb_populate_recordset(NULL::tides.function_in_use, %(functions)s::jsonb) AS s
WHERE %(live)s::boolean
ON CONFLICT (rank) DO UPDATE
SET stream = excluded.stream,
    name = excluded.name,
    hash = excluded.hash,
    target = excluded.target,
    spectra = excluded.spectra
WHERE ROW(t.*) IS DISTINCT FROM ROW(excluded.*);
