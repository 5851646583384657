-- In: candidate visits, as JSON {visit_no, visit, tile, ra, dec, planned, content}; the table is empty. Out:
-- candidate_visit.
INSERT INTO tides.candidate_visit (visit_no, visit, tile, ra, dec, planned, content)
SELECT visit_no, visit, tile, ra, dec, planned, content
FROM jsonb_to_recordset(%(visits)s::jsonb) AS g (
    visit_no integer, visit text, tile text, ra double precision, dec double precision, planned text, content jsonb
);
