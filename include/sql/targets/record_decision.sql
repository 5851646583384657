-- In: a veto or a force, on a target or on a position (the other is null), with why and by whom, and the cause of a
-- withdrawal (else null). Out: its number. A repeat is another decision of the same content, which changes nothing.
-- It waits while somebody else decides: who looks first at what is decided, and then decides, does so alone.
INSERT INTO tides.operator_decision (verb, tides_id, ra, dec, radius_arcsec, reason, by, cause)
SELECT
    %(verb)s::text, %(tides_id)s::integer, %(ra)s::double precision, %(dec)s::double precision,
    %(radius_arcsec)s::double precision, %(reason)s::text, %(by)s::text, %(cause)s::jsonb
FROM (SELECT pg_advisory_xact_lock(hashtext('tides_decision')) OFFSET 0) AS alone
RETURNING decision_id;
