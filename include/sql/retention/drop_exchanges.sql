-- In: an age (s), where the last piece ended, how many at most. Out: of the next so many exchanges that are older, those are
-- gone that no sample is told by, and that are not of a live target: each create with its answer stays, and each answer that
-- shows what 4MOST holds. A repeat finds the next ones.
WITH walked AS MATERIALIZED (
    SELECT exchange_id, id, at, verb, outcome
    FROM tides.fourmost_exchange
    WHERE at >= coalesce(%(at)s::timestamptz, 'epoch')
        AND (at > coalesce(%(at)s::timestamptz, 'epoch') OR exchange_id > coalesce(nullif(%(key)s, ''), '0')::bigint)
        AND at < now() - make_interval(secs => %(age_s)s)
    ORDER BY at, exchange_id
    LIMIT %(most)s
), gone AS (
    DELETE FROM tides.fourmost_exchange AS e USING walked AS w
    WHERE e.exchange_id = w.exchange_id
        AND w.verb <> 'create'
        AND coalesce(w.outcome, '') NOT IN ('stored', 'found')
        AND NOT EXISTS (SELECT FROM tides.target AS t WHERE t.tides_id = w.id AND t.active)
    RETURNING e.exchange_id
)
SELECT
    (SELECT count(*) FROM walked) AS walked, l.at, NULL::double precision AS jd, l.exchange_id::text AS key,
    (SELECT count(*) FROM gone) AS gone
FROM (SELECT at, exchange_id FROM walked ORDER BY at DESC, exchange_id DESC LIMIT 1) AS l;
