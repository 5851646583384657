-- Out: what the newest live run did, as one row: the counts of its report, and 4MOST's answers to it by the ledger. NULL
-- where its row lacks a number; before the first run every number is NULL. Reads only.
WITH newest AS (
    SELECT run_id, started_at, counts FROM tides.bridge_run WHERE lane = 'live' ORDER BY ended_at DESC LIMIT 1
), answers AS (
    SELECT
        count(*) FILTER (WHERE x.verb = 'create' AND x.outcome = 'stored') AS created,
        count(*) FILTER (WHERE x.verb = 'change' AND x.outcome = 'stored') AS changed,
        count(*) FILTER (WHERE x.outcome IN ('refused', 'denied')) AS refused,
        count(*) FILTER (WHERE x.outcome = 'unknown') AS unknown
    FROM newest AS n
    JOIN tides.fourmost_exchange AS x ON x.run_id = n.run_id AND x.at >= n.started_at
    WHERE x.part = 'answer' AND x.verb IN ('create', 'change')
)
SELECT
    (SELECT max(ended_at) FROM tides.bridge_run WHERE lane = 'live' AND good) AS last_good_at,
    (n.counts ->> 'verdicts_new')::integer AS verdicts,
    (n.counts ->> 'selected')::integer AS selected,
    coalesce(
        (SELECT jsonb_object_agg(d ->> 'stream', d -> 'messages') FROM jsonb_array_elements(n.counts -> 'drained') AS d),
        '{}'
    ) AS alerts,
    a.created,
    a.changed,
    a.refused,
    a.unknown
FROM answers AS a
LEFT JOIN newest AS n ON true;
