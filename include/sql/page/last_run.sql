-- In: a moment. Out: what the newest live run that had ended by then has counted; NULL where its row lacks a number.
SELECT
    run_id,
    started_at,
    ended_at,
    good,
    coalesce(counts -> 'failed', '[]') AS failed,
    (counts ->> 'live')::integer AS live,
    (counts ->> 'active_at_4most')::integer AS active_at_4most,
    (counts ->> 'made_the_cut')::integer AS made_the_cut,
    (counts ->> 'missed_the_cut')::integer AS missed_the_cut,
    (counts ->> 'waiting')::integer AS waiting,
    (counts ->> 'held')::integer AS held,
    (counts ->> 'unknown')::integer AS unknown,
    (counts ->> 'refused')::integer AS refused,
    (counts ->> 'cannot_be_sent')::integer AS cannot_be_sent,
    (counts ->> 'dead_letters')::integer AS dead_letters,
    coalesce(counts -> 'backlog', '{}') AS backlog
FROM tides.bridge_run
WHERE lane = 'live' AND ended_at <= %(until)s
ORDER BY ended_at DESC
LIMIT 1;
