-- Transients and host galaxies as one: all that may have an id at 4MOST.
CREATE OR REPLACE VIEW tides.target AS
SELECT tides_id, 'sn' AS kind, name, ra, dec, template, active, reason, active_since, pk_4most, merged_into
FROM tides.tides_master
UNION ALL
SELECT tides_id, 'host', name, ra, dec, template, active, reason, active_since, pk_4most, NULL
FROM tides.tides_hosts;
COMMENT ON VIEW tides.target IS 'All that 4MOST may be told of: transients and host galaxies';
