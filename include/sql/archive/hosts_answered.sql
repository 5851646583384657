-- In: a target for whose hosts Sherlock was asked. Out: when, and no candidate of before: store_host.sql puts those of
-- the answer in their place, in the same transaction. Can be repeated.
WITH asked AS (
    UPDATE tides.tides_master
    SET hosts_asked_at = now()
    WHERE tides_id = %(tides_id)s
)
DELETE FROM tides.host_candidate
WHERE tides_id = %(tides_id)s;
