-- In: the kinds of which messages are sent. Out: each of them that has an open event has an open alarm; those that are
-- new, with what their message tells. A repeat begins none.
WITH open AS (
    SELECT
        kind,
        count(*) AS number,
        min(opened_at) AS since,
        (array_agg(subject ORDER BY last_seen_at DESC, subject))[:5] AS subjects,
        (array_agg(detail ->> 'words' ORDER BY last_seen_at DESC, subject))[1] AS words
    FROM tides.event
    WHERE closed_at IS NULL AND kind = ANY (%(kinds)s)
    GROUP BY kind
), new AS (
    INSERT INTO tides.alarm (kind, began_at)
    SELECT kind, since FROM open
    ON CONFLICT (kind) WHERE ended_at IS NULL DO NOTHING
    RETURNING alarm_id, kind
)
SELECT n.alarm_id, o.kind, o.number, o.since, o.subjects, o.words
FROM new AS n
JOIN open AS o USING (kind)
ORDER BY n.alarm_id;
