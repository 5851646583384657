-- Out: the kinds of open events, each with how many there are, since when, the subjects that were seen last, how many
-- somebody has taken up, and the newest of these acknowledgements.
SELECT
    kind,
    count(*) AS number,
    min(opened_at) AS since,
    max(last_seen_at) AS seen_at,
    (array_agg(subject ORDER BY last_seen_at DESC))[:5] AS subjects,
    (array_agg(detail ->> 'words' ORDER BY last_seen_at DESC))[1] AS words,
    count(acknowledged_at) AS acknowledged,
    (array_agg(acknowledged_by ORDER BY acknowledged_at DESC NULLS LAST))[1] AS acknowledged_by,
    max(acknowledged_at) AS acknowledged_at,
    (array_agg(acknowledgement ORDER BY acknowledged_at DESC NULLS LAST))[1] AS acknowledgement
FROM tides.event
WHERE closed_at IS NULL
GROUP BY kind;
