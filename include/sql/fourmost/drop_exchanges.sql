-- In: an age (s). Out: fourmost_exchange without older rows, but for what a sample is told by: each create with its answer,
-- and each answer that shows what 4MOST holds. A repeat drops those that are too old by then.
DELETE FROM tides.fourmost_exchange
WHERE at < now() - make_interval(secs => %(age_s)s)
    AND verb <> 'create'
    AND coalesce(outcome, '') NOT IN ('stored', 'found');
