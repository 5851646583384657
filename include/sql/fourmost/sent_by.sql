-- In: runs, a function's hash, or a time, the others empty. Out: the targets and hosts that have a row at 4MOST because
-- of it: made by these runs, selected by this hash and no other, or made since then.
-- A target that is merged into another is left out: it is off already, and a veto on it would be one on the other.
SELECT
    m.tides_id, m.name, k.pk, f.date_ingested AS ingested, r.words AS now,
    coalesce(d.verb = 'veto', false) AS vetoed
FROM tides.target AS m
JOIN tides.fourmost_key AS k ON (k.id, k.status) = (m.tides_id, 'current')
LEFT JOIN tides.fourmost_target AS f ON f.id = m.tides_id
LEFT JOIN tides.reason_in_words AS r ON r.tides_id = m.tides_id
LEFT JOIN LATERAL (
    SELECT verb
    FROM tides.decision_on_target
    WHERE tides_id = m.tides_id AND undone_at IS NULL
    ORDER BY decision_id DESC
    LIMIT 1
) AS d ON true
CROSS JOIN LATERAL (
    SELECT array_agg(DISTINCT s.function_hash) AS hashes
    FROM tides.tides_alias AS a
    JOIN tides.selection AS s ON (s.survey, s.object_id) = (a.survey, a.object_id)
    WHERE a.tides_id IN (
            SELECT m.tides_id
            UNION ALL
            SELECT n.tides_id FROM tides.host_candidate AS n WHERE (n.host_id, n.rank) = (m.tides_id, 1)
        )
        AND s.passed AND s.merged_at IS NOT NULL AND %(function_hash)s::text IS NOT NULL
) AS p
WHERE m.merged_into IS NULL
    AND (p.hashes = ARRAY[%(function_hash)s::text] OR EXISTS (
        SELECT FROM tides.tides_history AS h
        WHERE h.tides_id = m.tides_id AND h.step = 'created' AND (h.by = ANY (%(runs)s) OR h.at >= %(since)s::timestamptz)
    ))
ORDER BY m.tides_id;
