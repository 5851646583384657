-- Draws the next name of a prefix in this UTC year; each is given once.
CREATE OR REPLACE FUNCTION tides.draw_name(a_prefix text) RETURNS text
    LANGUAGE plpgsql AS $$
DECLARE
    this_year integer := extract(year FROM now() AT TIME ZONE 'UTC');
    drawn integer;
BEGIN
    INSERT INTO tides.name_counter AS c (prefix, year, next) VALUES (a_prefix, this_year, 1)
        ON CONFLICT (prefix, year) DO UPDATE SET next = c.next + 1
        RETURNING next - 1 INTO drawn;
    RETURN tides.target_name(a_prefix, this_year, drawn);
END $$;
