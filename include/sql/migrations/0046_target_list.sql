-- The page lists targets by right ascension: it must not sort all of them for a page.
-- optional: an index, which the code works without
CREATE INDEX tides_master_ra ON tides.tides_master (ra);
