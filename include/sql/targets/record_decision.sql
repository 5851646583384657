-- In: a veto or a force, on a target or on a position (the other is null), with why and by whom, and the cause of a
-- withdrawal (else null). Out: its number. A repeat is another decision of the same content, which changes nothing.
INSERT INTO tides.operator_decision (verb, tides_id, ra, dec, radius_arcsec, reason, by, cause)
VALUES (%(verb)s, %(tides_id)s, %(ra)s, %(dec)s, %(radius_arcsec)s, %(reason)s, %(by)s, %(cause)s)
RETURNING decision_id;
