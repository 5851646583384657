-- In: fourmost_key, and the keys that this run's creates returned. Out: pk_4most of tides_master and
-- tides_hosts.
-- Copies every current key that the master lacks, so that a crash or an empty run is no special case; fails when a key
-- that was returned in this run is not there afterwards. Can be repeated. A key counts as recorded when the master has
-- it, so that the keys of years are not compared again.
{% include "database/master_lock.sql" %}

UPDATE tides.tides_master AS m
SET pk_4most = k.pk,
    updated = now()
FROM tides.fourmost_key AS k
WHERE k.status = 'current'
    AND NOT k.recorded
    AND k.id = m.tides_id
    AND m.pk_4most IS DISTINCT FROM k.pk;

UPDATE tides.tides_hosts AS h
SET pk_4most = k.pk,
    updated = now()
FROM tides.fourmost_key AS k
WHERE k.status = 'current'
    AND NOT k.recorded
    AND k.id = h.tides_id
    AND h.pk_4most IS DISTINCT FROM k.pk;

-- A person may make another key the current one, and the first one again.
UPDATE tides.fourmost_key AS o
SET recorded = (o.pk = k.pk)
FROM tides.fourmost_key AS k
JOIN tides.target AS m ON (m.tides_id, m.pk_4most) = (k.id, k.pk)
WHERE k.status = 'current'
    AND NOT k.recorded
    AND o.id = k.id
    AND o.recorded <> (o.pk = k.pk);

SELECT tides.demand_keys(%(keys)s::jsonb);
