-- Targets are counted by cell of the sky, for the view Sky: triggers note how many there are in each, so that no look at it
-- counts those of years.
CREATE FUNCTION tides.sky_cell(ra_deg double precision, dec_deg double precision) RETURNS integer
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    -- Górski et al. 2005, ApJ 622, 759. Quarters of the circle, and where the place lies on the rising and on the falling
    -- lines of the grid.
    nside constant integer := 32;
    quarter constant double precision := (ra_deg - 360 * floor(ra_deg / 360)) / 90;
    z constant double precision := sind(dec_deg);
    base integer;
    across double precision;
    rising integer;
    falling integer;
    x integer;
    y integer;
BEGIN
    IF abs(z) <= 2.0 / 3 THEN
        rising := floor(nside * (0.5 + quarter - 0.75 * z));
        falling := floor(nside * (0.5 + quarter + 0.75 * z));
        base := CASE
            WHEN rising / nside = falling / nside THEN rising / nside % 4 + 4
            WHEN rising / nside < falling / nside THEN rising / nside % 4
            ELSE falling / nside % 4 + 8
        END;
        x := falling % nside;
        y := nside - 1 - rising % nside;
    ELSE
        base := least(3, floor(quarter));
        -- A cosine keeps its digits at a pole, where one less the sine has none.
        across := nside * cosd(dec_deg) * sqrt(3 / (1 + abs(z)));
        rising := least(nside - 1, floor((quarter - base) * across));
        falling := least(nside - 1, floor((1 - quarter + base) * across));
        x := CASE WHEN z > 0 THEN nside - 1 - falling ELSE rising END;
        y := CASE WHEN z > 0 THEN nside - 1 - rising ELSE falling END;
        base := CASE WHEN z > 0 THEN base ELSE base + 8 END;
    END IF;
    -- The bits of x and y take turns.
    RETURN base * nside * nside
        + (x & 1) + ((x & 2) << 1) + ((x & 4) << 2) + ((x & 8) << 3) + ((x & 16) << 4)
        + ((y & 1) << 1) + ((y & 2) << 2) + ((y & 4) << 3) + ((y & 8) << 4) + ((y & 16) << 5);
END $$;

CREATE TABLE tides.cell_count (
    cell integer NOT NULL,
    n    bigint NOT NULL
);
COMMENT ON TABLE tides.cell_count IS 'How many targets lie in each cell of tides.sky_cell: the sum of n. Triggers add rows, and the report sums them up';

CREATE FUNCTION tides.note_cell_count() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    RETURN NULL;
END $$;
CREATE TRIGGER counted_by_cell AFTER INSERT OR DELETE ON tides.tides_master
    FOR EACH ROW EXECUTE FUNCTION tides.note_cell_count();
CREATE TRIGGER counted_by_new_cell AFTER UPDATE OF ra, dec, merged_into ON tides.tides_master
    FOR EACH ROW
    WHEN ((OLD.ra, OLD.dec, OLD.merged_into IS NULL) IS DISTINCT FROM (NEW.ra, NEW.dec, NEW.merged_into IS NULL))
    EXECUTE FUNCTION tides.note_cell_count();

-- What there is already.
INSERT INTO tides.cell_count (cell, n)
SELECT tides.sky_cell(ra, dec), count(*) FROM tides.tides_master WHERE merged_into IS NULL GROUP BY 1;
