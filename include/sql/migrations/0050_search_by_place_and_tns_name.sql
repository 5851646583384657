-- By the cells of its position an object is found near a place without a look at all candidates. By its number a target is
-- found at TNS, whether AT, SN or nothing stands before it.
-- optional: indexes only; whoever looks for an object waits longer without them
CREATE INDEX candidate_cell ON tides.candidate (survey, cell) WHERE lane = 'live';
CREATE INDEX tides_context_tns ON tides.tides_context (lower(regexp_replace(tns_name, '^[A-Za-z]+ ?', '')));
