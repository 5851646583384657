-- The name of the target with this number in this UTC year.
CREATE OR REPLACE FUNCTION tides.target_name(prefix text, year integer, number integer) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    letters text := '';
    rest integer := number;
    length integer := 3;
BEGIN
    IF number >= 17576 THEN          -- after zzz comes aaaa
        rest := number - 17576;
        length := 4;
    END IF;
    IF rest >= 26 ^ length THEN
        RAISE EXCEPTION 'the names of % for % are used up', prefix, year
            USING HINT = 'choose another fourmost.name_prefix';
    END IF;
    FOR _ IN 1..length LOOP
        letters := chr(97 + rest % 26) || letters;
        rest := rest / 26;
    END LOOP;
    RETURN prefix || lpad((year % 100)::text, 2, '0') || letters;
END $$;
