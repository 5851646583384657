-- In: the lane's verdicts that are not merged yet, and what a refresh has brought of targets without need of a verdict.
-- Out: the temporary table tides_stage, one row an object that passed a function in use or that is a target already (a
-- fading one fails its function; its newer magnitudes switch it off).
-- A true temporary table, filled and used in one transaction: a cleared or killed task finds everything again.
CREATE TEMPORARY TABLE stage_verdict (
    selection_id bigint PRIMARY KEY,
    survey       text NOT NULL,
    object_id    text NOT NULL,
    template     text,
    rank         integer,
    target       text
) ON COMMIT DROP;

INSERT INTO stage_verdict (selection_id, survey, object_id, template, rank, target)
SELECT s.selection_id, s.survey, s.object_id, u.template, u.rank, u.target
FROM tides.selection AS s
LEFT JOIN jsonb_to_recordset(%(functions)s::jsonb)
    AS u (stream text, name text, hash text, template text, rank integer, target text)
    ON s.passed AND (u.stream, u.name, u.hash) = (s.stream, s.function, s.function_hash)
WHERE s.lane = %(lane)s
    AND s.merged_at IS NULL
    AND NOT %(dry)s::boolean;
ANALYZE stage_verdict;

CREATE TEMPORARY TABLE tides_stage (
    survey         text NOT NULL,
    object_id      text NOT NULL,
    template       text,
    for_itself     boolean NOT NULL,
    ra             double precision NOT NULL,
    dec            double precision NOT NULL,
    cell           integer,
    seen_jd        double precision,
    known_at       timestamptz NOT NULL,
    first_jd       double precision,
    last_jd        double precision,
    resumed_jd     double precision,
    ncandgp        integer,
    sherlock_class text,
    message_bands  jsonb NOT NULL,
    bands          jsonb,            -- NULL: no light curve of it is measured
    covers_jd      double precision, -- the light curve knows all detections from then on
    PRIMARY KEY (survey, object_id)
) ON COMMIT DROP;

WITH given AS (
    SELECT survey, object_id, template, rank, target FROM stage_verdict
    UNION ALL
    SELECT c.survey, c.object_id, NULL, NULL, NULL
    FROM tides.candidate AS c
    JOIN tides.tides_alias AS a USING (survey, object_id)
    WHERE c.lane = 'live'
        AND c.lane = %(lane)s
        AND c.origin = 'refresh'
        AND NOT c.waiting
        AND c.known_at > coalesce(a.known_at, '-infinity')
), object AS (
    SELECT
        survey,
        object_id,
        (array_agg(template ORDER BY target = 'host', rank) FILTER (WHERE template IS NOT NULL))[1] AS template,
        coalesce(bool_or(target = 'live'), false) AS for_itself
    FROM given
    GROUP BY survey, object_id
)
INSERT INTO tides_stage (
    survey, object_id, template, for_itself, ra, dec, cell, seen_jd, known_at, first_jd, last_jd, resumed_jd, ncandgp,
    sherlock_class, message_bands, bands, covers_jd
)
SELECT DISTINCT ON (o.survey, o.object_id)
    o.survey, o.object_id, o.template, o.for_itself, c.ra, c.dec, c.cell, c.last_jd, c.known_at,
    coalesce(l.first_jd, c.first_jd), coalesce(l.last_jd, c.last_jd), l.resumed_jd,
    coalesce(c.detections, l.detections),
    c.sherlock_class, c.bands, l.bands, CASE WHEN l.bands IS NOT NULL THEN coalesce(l.first_jd, c.first_jd) END
FROM object AS o
JOIN tides.candidate AS c ON (c.lane, c.survey, c.object_id) = (%(lane)s, o.survey, o.object_id)
LEFT JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (o.survey, o.object_id)
LEFT JOIN tides.light_curve AS l ON (l.lane, l.survey, l.object_id) = (c.lane, o.survey, o.object_id)
WHERE (o.template IS NOT NULL OR a.tides_id IS NOT NULL)
    AND c.ra IS NOT NULL
    AND c.dec IS NOT NULL
ORDER BY o.survey, o.object_id, c.known_at DESC;
ANALYZE tides_stage (survey, object_id);
