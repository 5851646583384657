-- Out: the kinds of open events, each with how many there are, since when, and the subjects that were seen last.
SELECT
    kind,
    count(*) AS number,
    min(opened_at) AS since,
    max(last_seen_at) AS seen_at,
    (array_agg(subject ORDER BY last_seen_at DESC))[:5] AS subjects,
    (array_agg(detail ->> 'words' ORDER BY last_seen_at DESC))[1] AS words
FROM tides.event
WHERE closed_at IS NULL
GROUP BY kind;
