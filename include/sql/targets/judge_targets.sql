-- In: what is stored, and the clock. Out: the temporary table verdict, one row a target that may stand otherwise than before,
-- with how it stood; to_judge, these targets and hosts; both empty in a replay. It costs what the hour's work costs, since
-- the verdict of any other target is what it was. The rule (tides.live_verdict) reads of a target:
--   - the limits and the functions, the surveys, and how far each was read. An edit is noted by triggers, as is a time
--     until which a survey was read that is not later than before: then all targets are judged. Numbers of objects in
--     nights and cells only grow, up to that time, and what deactivate_unobserved.sql deletes is too old to count;
--   - its own rows and those of its objects, its spectra, its decisions, the name of the one that it was merged into.
--     Triggers note what changes, and upsert_master.sql the targets whose verdicts it merges (tides.changed_target);
--   - whether an alert of it waits, which may revive it, and whether one waited in the hour before;
--   - a light curve that is stored and not merged yet. Its alert waits, or its verdict does;
--   - the time. A live target goes off, one between epochs comes back. Of one that is off a survey still says something
--     new while its say, a magnitude or its days of silence change: only of what it has seen in the longest of those
--     times before it was asked last (tides.judged_until). After that it says faint or unobserved for ever; a faint one
--     stays faint until it is seen bright.
-- Of the surveys no statistics are made: they would cost more than they tell the planner.
CREATE TEMPORARY TABLE to_judge (tides_id integer) ON COMMIT DROP;

-- Few of many are looked up by key, also while the tables are small; if all are judged, as the planner likes.
SET LOCAL enable_seqscan = off;

WITH taken AS (            -- before anything is read: what is noted later is judged in the next hour, too
    DELETE FROM tides.changed_target
    WHERE %(live)s::boolean
    RETURNING tides_id
), to_annotate AS (        -- of these Lasair is to be told, where it is told anything
    INSERT INTO tides.to_annotate (survey, object_id)
    SELECT survey, object_id
    FROM tides.annotated_as
    JOIN tides.tides_alias AS a USING (survey)
    WHERE a.tides_id IN (SELECT tides_id FROM taken)
    ORDER BY survey, object_id
    ON CONFLICT (survey, object_id) DO UPDATE SET noted_id = DEFAULT
)
INSERT INTO to_judge (tides_id)
SELECT DISTINCT tides_id FROM taken;

INSERT INTO to_judge (tides_id)
SELECT NULL                -- all: the first time, and when somebody asks as of an earlier time than before
FROM tides.survey AS v
LEFT JOIN tides.judged_until AS u USING (survey)
WHERE %(live)s::boolean
    AND NOT coalesce(u.as_of <= coalesce(nullif(%(as_of)s, '')::timestamptz, now()), false)
LIMIT 1;

CREATE TEMPORARY TABLE waits ON COMMIT DROP AS
SELECT DISTINCT a.tides_id
FROM tides.candidate AS c
JOIN tides.tides_alias AS a USING (survey, object_id)
WHERE c.lane = 'live'
    AND c.waiting
    AND %(live)s::boolean;

INSERT INTO to_judge (tides_id)
SELECT tides_id FROM waits
UNION
SELECT tides_id FROM tides.tides_master WHERE active AND %(live)s::boolean
UNION
SELECT tides_id FROM tides.tides_master WHERE why IN ('new', 'between_epochs') AND %(live)s::boolean
UNION
SELECT a.tides_id
FROM tides.judged_until AS u
CROSS JOIN LATERAL (       -- no JD is greater: by two bounds, a survey at a time, the planner takes them for few
    SELECT o.tides_id
    FROM tides.tides_alias AS o
    WHERE o.survey = u.survey AND greatest(o.last_jd, o.seen_jd) BETWEEN u.since_jd AND 1e7
    OFFSET 0
) AS a
WHERE %(live)s::boolean
UNION
SELECT a.tides_id
FROM tides.selection AS s
JOIN tides.tides_alias AS a USING (survey, object_id)
WHERE s.lane = 'live'
    AND s.merged_at IS NULL
    AND %(live)s::boolean;

ANALYZE to_judge;
SELECT set_config('enable_seqscan', 'on', true) FROM to_judge WHERE tides_id IS NULL;

-- The next hour looks again at what waits now, and at what is still to move to the target that it was merged into.
INSERT INTO tides.changed_target (tides_id)
SELECT tides_id FROM waits
UNION
SELECT m.tides_id FROM tides.merged_with_rows AS m JOIN to_judge AS j USING (tides_id);

{% include "targets/ask_verdict.sql" %}

-- A slope is followed for 10 days; a message's dates are off by up to 1.2 h.
INSERT INTO tides.judged_until AS u (survey, as_of, since_jd)
SELECT
    v.survey, t.as_of,
    least(
        tides.jd_utc(t.as_of) - greatest(x.other_survey_days, l.current_max_age_days, 10),
        c.jd - greatest(x.unobserved_days, h.unseen_days)
    ) - 1
FROM tides.survey AS v
CROSS JOIN (SELECT coalesce(nullif(%(as_of)s, '')::timestamptz, now()) AS as_of) AS t
CROSS JOIN tides.live_limits AS x
CROSS JOIN tides.host_limits AS h
LEFT JOIN tides.survey_limits AS l USING (survey)
LEFT JOIN tides.caught_up AS c USING (survey)
WHERE %(live)s::boolean
ON CONFLICT (survey) DO UPDATE
SET as_of = excluded.as_of,
    since_jd = excluded.since_jd;
