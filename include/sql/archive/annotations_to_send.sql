-- In: a survey, the topic, the functions in use. Out: what Lasair should be told of each of its objects that is a target,
-- where it was told something else, or nothing: the live ones first, and last what Lasair failed at, unless it rests. Reads only.
WITH passed AS (
    SELECT DISTINCT ON (a.object_id) a.object_id, s.function, s.function_hash, s.trigger_jd
    FROM tides.tides_alias AS a
    JOIN tides.selection AS s ON (s.survey, s.object_id) = (a.survey, a.object_id)
    JOIN jsonb_to_recordset(%(functions)s::jsonb) AS u (stream text, name text, hash text, rank integer)
        ON (u.stream, u.name, u.hash) = (s.stream, s.function, s.function_hash)
    WHERE a.survey = %(survey)s
        AND s.passed
        AND s.merged_at IS NOT NULL
    ORDER BY a.object_id, u.rank, s.selection_id
), wanted AS (
    SELECT
        a.object_id,
        m.active,
        jsonb_build_object(
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
    FROM passed AS p
    JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (%(survey)s, p.object_id)
    JOIN tides.tides_master AS m USING (tides_id)
    JOIN tides.reason_in_words AS r USING (tides_id)
    LEFT JOIN tides.fourmost_target AS f ON f.id = m.tides_id
    CROSS JOIN LATERAL (SELECT CASE
        WHEN NOT m.active THEN 'not live'
        WHEN m.pk_4most IS NULL THEN 'live, not at 4MOST yet'
        WHEN f.date_ingested IS NULL THEN 'live, submitted to 4MOST'
        ELSE 'live, in the queue of 4MOST'
    END AS state) AS x
)
SELECT w.object_id, w.content
FROM wanted AS w
LEFT JOIN tides.annotation AS t ON (t.survey, t.object_id) = (%(survey)s, w.object_id)
LEFT JOIN tides.lasair_failure AS f ON (f.survey, f.object_id, f.call) = (%(survey)s, w.object_id, 'annotation')
WHERE t.told IS DISTINCT FROM w.content
    AND NOT EXISTS (
        SELECT FROM tides.lasair_rests AS r
        WHERE (r.survey, r.object_id, r.call) = (%(survey)s, w.object_id, 'annotation')
    )
ORDER BY f.failures NULLS FIRST, NOT w.active, w.object_id;
