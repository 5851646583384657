-- Trigger on targets: keeps how many of them lie in each cell of the sky, by rows to be summed up. It only adds rows, so that
-- no transaction waits for another one. What was merged into another target counts no more.
CREATE OR REPLACE FUNCTION tides.note_cell_count() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tides.cell_count (cell, n)
    SELECT c.cell, sum(c.n)
    FROM (
        SELECT tides.sky_cell(OLD.ra, OLD.dec) AS cell, -1 AS n WHERE TG_OP <> 'INSERT' AND OLD.merged_into IS NULL
        UNION ALL
        SELECT tides.sky_cell(NEW.ra, NEW.dec), 1 WHERE TG_OP <> 'DELETE' AND NEW.merged_into IS NULL
    ) AS c
    GROUP BY c.cell
    HAVING sum(c.n) <> 0;
    RETURN NULL;
END $$;
