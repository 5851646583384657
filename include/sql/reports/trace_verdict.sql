-- In: a target. Out: what the rule "live or not" says of it now, with the facts behind it; nothing of a host, nor before
-- the first live run.
SELECT v.active, v.why::text AS why, tides.verdict_in_words(v.why, v.detail, v.surveys) AS words
FROM tides.live_verdict(now(), ARRAY[%(tides_id)s]::integer[]) AS v;
