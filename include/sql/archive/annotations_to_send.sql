-- In: a survey, the topic, the functions in use, and objects in order, each with the number of its note. Out: what Lasair
-- should be told of each that is a target, where it was told something else, or nothing, unless it rests. The notes of what
-- Lasair knows already are taken out. All others stay until it was told.
WITH used AS MATERIALIZED (
    SELECT u.* FROM jsonb_to_recordset(%(functions)s::jsonb) AS u (stream text, name text, hash text, rank integer)
), noted AS MATERIALIZED (
    SELECT n.* FROM unnest(%(objects)s::text[], %(notes)s::bigint[]) WITH ORDINALITY AS n (object_id, noted_id, place)
), wanted AS MATERIALIZED (
    SELECT n.object_id, n.noted_id, n.place, w.content
    FROM noted AS n
    CROSS JOIN LATERAL (   -- by key, an object at a time: whatever the planner takes the notes for
        SELECT jsonb_build_object(
            'topic', %(topic)s::text,
            'classification', x.state,
            'version', left(p.function_hash, 16),
            'explanation', left(format('%%s: %%s; selected by %%s', m.name, r.words, p.function), 1024),
            'classdict', jsonb_build_object(
                'name', m.name,
                'live', m.active,
                'reason', r.words,
                'function', p.function,
                'trigger_jd', p.trigger_jd,
                '4most_id', m.pk_4most,
                'ingested', to_char(f.date_ingested AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
            )
        ) AS content
        FROM tides.tides_alias AS a
        CROSS JOIN LATERAL (
            SELECT s.function, s.function_hash, s.trigger_jd
            FROM tides.selection AS s
            JOIN used AS u ON (u.stream, u.name, u.hash) = (s.stream, s.function, s.function_hash)
            WHERE (s.survey, s.object_id) = (a.survey, a.object_id)
                AND s.passed
                AND s.merged_at IS NOT NULL
            ORDER BY u.rank, s.selection_id
            LIMIT 1
        ) AS p
        JOIN tides.tides_master AS m USING (tides_id)
        JOIN tides.reason_in_words AS r USING (tides_id)
        LEFT JOIN tides.fourmost_target AS f ON f.id = m.tides_id
        CROSS JOIN LATERAL (SELECT CASE
            WHEN NOT m.active THEN 'not live'
            WHEN m.pk_4most IS NULL THEN 'live, not at 4MOST yet'
            WHEN f.date_ingested IS NULL THEN 'live, submitted to 4MOST'
            ELSE 'live, in the queue of 4MOST'
        END AS state) AS x
        WHERE (a.survey, a.object_id) = (%(survey)s, n.object_id)
        OFFSET 0
    ) AS w
    LEFT JOIN tides.annotation AS t ON (t.survey, t.object_id) = (%(survey)s, n.object_id)
    WHERE t.told IS DISTINCT FROM w.content
), known AS (              -- nobody is waited for: a note that is being renewed stays
    SELECT t.object_id
    FROM tides.to_annotate AS t
    JOIN noted AS n USING (object_id, noted_id)
    WHERE t.survey = %(survey)s
        AND NOT EXISTS (SELECT FROM wanted AS w WHERE w.object_id = n.object_id)
    FOR UPDATE OF t SKIP LOCKED
), taken_out AS (
    DELETE FROM tides.to_annotate AS t
    USING known AS k
    WHERE (t.survey, t.object_id) = (%(survey)s, k.object_id)
)
SELECT w.object_id, w.content, w.noted_id
FROM wanted AS w
WHERE NOT EXISTS (
    SELECT FROM tides.lasair_rests AS r
    WHERE (r.survey, r.object_id, r.call) = (%(survey)s, w.object_id, 'annotation')
)
ORDER BY w.place;
