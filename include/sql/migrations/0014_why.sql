-- Why a target or a host is as it is: a typed state, and the limits by which the rule decides. Sentences are made from
-- it by the view tides.reason_in_words. The code before this one still finds its columns `reason`.

CREATE TYPE tides.why AS ENUM (
    'new', 'live', 'faint', 'unobserved', 'reclassified', 'recurrent', 'observed', 'vetoed', 'forced', 'merged',
    'unreachable', 'unselected', 'host_only'
);
COMMENT ON TYPE tides.why IS
'Why a target is live or not, by tides.live_verdict; the first of these that holds, in the order of the list below.
merged: it turned out to be another target, which has all of it now. For good.
unreachable: 4MOST does not reach its position. Until the position or the limits change.
vetoed: a person switched it off. Until the decision is undone, or a newer one stands.
forced: a person switched it on. The same.
unselected: no function in use selects it. Until one does.
observed: it has as many good spectra as its functions ask for. Until a function asks for more, or a person forces it.
host_only: only functions that want hosts select it. Until a function wants it for itself.
recurrent: it was seen again after a long silence. Until a person reactivates it.
reclassified: two refreshes said that it is something else. Until two refreshes say so no more.
faint: each survey with a say finds it faint or unobserved, and one of them faint. Until one sees it bright.
unobserved: each survey with a say has not seen it for long. Until one sees it again.
live: none of these; it is wanted at 4MOST.
new: not judged yet, which the next live run does. Nothing becomes new again.
live and forced switch a target on; every other value switches it off. In the history new counts as on.';

CREATE TYPE tides.host_why AS ENUM (
    'new', 'not_asked_for', 'no_target', 'vetoed', 'observed', 'transient_live', 'redshift_known', 'transient_gone',
    'transient_seen_lately', 'transient_unwanted', 'transient_excluded'
);
COMMENT ON TYPE tides.host_why IS
'Why a host galaxy is wanted at 4MOST or not, by queue_hosts.sql; the first of these that holds.
not_asked_for: the settings want no hosts.
no_target: it is no target''s best host.
vetoed: a person switched it off. Until the decision is undone.
observed: it has a good spectrum.
transient_live: a transient in it is live. Until it is off.
redshift_known: its redshift is known, and by the settings that is enough.
transient_seen_lately: a transient in it is off, but not gone yet. Until that one is gone.
transient_gone: a transient in it was wanted and is gone. It is wanted at 4MOST.
transient_unwanted: its transients are not wanted themselves.
transient_excluded: its transients are of classes that have no host, or not wanted.
new: not judged yet, which the next live run does.
transient_gone alone switches a host on.';

ALTER TABLE tides.tides_master
    ADD COLUMN why tides.why NOT NULL DEFAULT 'new',
    ADD COLUMN why_detail jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN tides.tides_master.why IS 'Why it is, or is not, active; computed by deactivate_unobserved.sql alone';
COMMENT ON COLUMN tides.tides_master.why_detail IS 'What the sentence of `why` needs: see tides.live_verdict';
COMMENT ON COLUMN tides.tides_master.reason IS
    'Of the code before schema 0014; neither written nor read any more, see why. A later migration drops it';

ALTER TABLE tides.tides_hosts
    ADD COLUMN why tides.host_why NOT NULL DEFAULT 'new',
    ADD COLUMN why_detail jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN tides.tides_hosts.why IS 'Why it is, or is not, active; computed by queue_hosts.sql alone';
COMMENT ON COLUMN tides.tides_hosts.why_detail IS 'What the sentence of `why` needs: `source` of a spectrum, `class` of a transient';
COMMENT ON COLUMN tides.tides_hosts.reason IS
    'Of the code before schema 0014; neither written nor read any more, see why. A later migration drops it';

-- The one place that reads the sentences of the code before this one.
UPDATE tides.tides_master AS m
SET why = w.why::tides.why,
    why_detail = CASE w.why
        WHEN 'merged' THEN jsonb_build_object('into', substr(m.reason, length('merged into ') + 1))
        WHEN 'observed' THEN jsonb_build_object('source', substr(m.reason, length('observed by ') + 1))
        WHEN 'reclassified' THEN jsonb_build_object('said', substr(m.reason, length('reclassified: ') + 1))
        WHEN 'faint' THEN jsonb_build_object('surveys', s.says)
        WHEN 'unobserved' THEN jsonb_build_object('surveys', s.says)
        ELSE '{}'
    END
FROM tides.tides_master AS o
CROSS JOIN LATERAL (SELECT CASE
    WHEN o.reason IN ('new', 'live', 'vetoed', 'forced', 'recurrent') THEN o.reason
    WHEN o.reason = 'out of reach' THEN 'unreachable'
    WHEN o.reason = 'no function in use selects it' THEN 'unselected'
    WHEN o.reason = 'host only' THEN 'host_only'
    WHEN o.reason LIKE 'merged into %' THEN 'merged'
    WHEN o.reason LIKE 'observed by %' THEN 'observed'
    WHEN o.reason LIKE 'reclassified: %' THEN 'reclassified'
    WHEN o.reason LIKE '%: faded%' THEN 'faint'
    WHEN o.reason LIKE '%: not seen%' THEN 'unobserved'
    ELSE 'new'
END AS why) AS w
CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(p.part[1], CASE p.part[2] WHEN 'faded' THEN 'faint' ELSE 'unobserved' END) AS says
    FROM regexp_matches(o.reason, '(\w+): (faded|not seen)', 'g') AS p (part)
) AS s
WHERE m.tides_id = o.tides_id;

UPDATE tides.tides_hosts AS h
SET why = w.why::tides.host_why,
    why_detail = CASE w.why
        WHEN 'observed' THEN jsonb_build_object('source', substr(h.reason, length('observed by ') + 1))
        WHEN 'transient_excluded' THEN jsonb_build_object('class', substr(h.reason, length('its transient is ') + 1))
        ELSE '{}'
    END
FROM tides.tides_hosts AS o
CROSS JOIN LATERAL (SELECT CASE
    WHEN o.reason IN ('new', 'vetoed') THEN o.reason
    WHEN o.reason = 'hosts are not asked for' THEN 'not_asked_for'
    WHEN o.reason = 'no target lies in it' THEN 'no_target'
    WHEN o.reason LIKE 'observed by %' THEN 'observed'
    WHEN o.reason = 'its transient is live' THEN 'transient_live'
    WHEN o.reason = 'its redshift is known' THEN 'redshift_known'
    WHEN o.reason = 'its transient is gone' THEN 'transient_gone'
    WHEN o.reason = 'its transient was seen lately' THEN 'transient_seen_lately'
    WHEN o.reason = 'its transient is not wanted' THEN 'transient_unwanted'
    WHEN o.reason LIKE 'its transient is %' THEN 'transient_excluded'
    ELSE 'new'
END AS why) AS w
WHERE h.tides_id = o.tides_id;

-- A withdrawal is undone by its cause, not by its sentence.
ALTER TABLE tides.operator_decision ADD COLUMN cause jsonb;
COMMENT ON COLUMN tides.operator_decision.cause IS
    'What it was withdrawn for (run_id, function_hash or since), to undo all of that at once; NULL: decided by itself';
UPDATE tides.operator_decision AS d
SET cause = CASE
    WHEN d.reason LIKE 'withdrawn: sent by run %' THEN
        jsonb_build_object('run_id', substr(d.reason, length('withdrawn: sent by run ') + 1))
    WHEN d.reason LIKE 'withdrawn: selected by % alone' THEN
        jsonb_build_object('function_hash', split_part(d.reason, ' ', 4))
    ELSE jsonb_build_object('since', split_part(d.reason, ' ', 4))
END
WHERE d.reason ~ '^withdrawn: (sent by run .|selected by \w+ alone$|sent since \S+$)';

-- What the rule is asked with: written from the settings by the live run's step, so that anybody can ask.
CREATE TABLE tides.live_limits (
    one                  boolean PRIMARY KEY DEFAULT true CHECK (one),
    hysteresis_mag       double precision NOT NULL,
    unobserved_days      double precision NOT NULL,
    survey_night_objects integer NOT NULL,
    other_survey_days    double precision NOT NULL,
    complete_snr         double precision
);
COMMENT ON TABLE tides.live_limits IS 'One row: the settings of `live`, as the newest live run had them';

CREATE TABLE tides.survey_limits (
    survey               text PRIMARY KEY,
    streams              text[] NOT NULL,
    bands                text[] NOT NULL,
    faint_limit          double precision NOT NULL,
    current_window_days  double precision NOT NULL,
    current_max_age_days double precision NOT NULL,
    unobserved_nights    integer NOT NULL,
    recurrent_days       double precision NOT NULL
);
COMMENT ON TABLE tides.survey_limits IS 'A row a survey: its streams, and their settings of `live`, as the newest live run had them';
COMMENT ON COLUMN tides.survey_limits.bands IS 'The bands that count, in the order in which sentences name them';

CREATE TABLE tides.function_in_use (
    rank    integer PRIMARY KEY,
    stream  text NOT NULL,
    name    text NOT NULL,
    hash    text NOT NULL,
    target  text NOT NULL CHECK (target IN ('live', 'host')),
    spectra integer NOT NULL CHECK (spectra > 0)
);
COMMENT ON TABLE tides.function_in_use IS 'The selection functions in use, as the newest live run had them';

-- Each value of why that switches a target off is a kind of its own for the guard, except vetoed and observed.
ALTER TABLE tides.fourmost_target DROP CONSTRAINT fourmost_target_held_check;
ALTER TABLE tides.fourmost_target ADD CONSTRAINT fourmost_target_held_check CHECK (held IN (
    'initial', 'created', 'host', 'new', 'faint', 'unobserved', 'reclassified', 'recurrent', 'merged', 'unreachable',
    'unselected', 'host_only'
));
