-- Out: no candidate visit, and by the foreign key no target of one. It runs in the transaction that stores the new
-- ones, after store_reading.sql has locked. Can be repeated.
DELETE FROM tides.candidate_visit;
