-- In: a survey's object. Out: its newest light curve (zlib) as the live lane has it, how it came, and when it was sent.
-- Where none is stored any more, that of its newest verdict whose input was kept (source "judged"). No row: there is none.
WITH stored AS (
    SELECT l.raw, l.source, l.stored_at, CASE WHEN l.source = 'message' THEN c.known_at END AS known_at
    FROM tides.light_curve AS l
    LEFT JOIN LATERAL (
        -- One that a person has freed has no time.
        SELECT nullif(max(n.known_at), 'epoch') AS known_at
        FROM tides.candidate AS n
        WHERE (n.lane, n.survey, n.object_id) = ('live', l.survey, l.object_id)
    ) AS c ON true
    WHERE (l.lane, l.survey, l.object_id) = ('live', %(survey)s, %(object_id)s)
)
SELECT raw, source, stored_at, coalesce(known_at, stored_at) AS sent_at FROM stored
UNION ALL
(
    SELECT j.raw, 'judged', s.judged_at, s.judged_at
    FROM tides.selection_input AS i
    JOIN tides.selection AS s USING (selection_id)
    JOIN tides.judged_curve AS j ON (j.survey, j.object_id, j.hash) = (i.survey, i.object_id, i.hash)
    WHERE (i.survey, i.object_id) = (%(survey)s, %(object_id)s) AND NOT EXISTS (SELECT FROM stored)
    ORDER BY i.selection_id DESC
    LIMIT 1
);
