-- In: fourmost_key, and the keys that this run's creates returned. Out: pk_4most of tides_master and
-- tides_hosts.
-- Copies every current key that the master lacks, so that a crash or an empty run is no special case; fails when a key
-- that was returned in this run is not there afterwards. Can be repeated.
{% include "database/master_lock.sql" %}

UPDATE tides.tides_master AS m
SET pk_4most = k.pk,
    updated = now()
FROM tides.fourmost_key AS k
WHERE k.status = 'current'
    AND k.id = m.tides_id
    AND m.pk_4most IS DISTINCT FROM k.pk;

UPDATE tides.tides_hosts AS h
SET pk_4most = k.pk,
    updated = now()
FROM tides.fourmost_key AS k
WHERE k.status = 'current'
    AND k.id = h.tides_id
    AND h.pk_4most IS DISTINCT FROM k.pk;

SELECT tides.demand_keys(%(keys)s::jsonb);
