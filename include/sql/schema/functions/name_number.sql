-- The number of a target, from the letters of its name.
CREATE OR REPLACE FUNCTION tides.name_number(letters text) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (
        SELECT sum((ascii(substr(letters, place, 1)) - 97) * (26::numeric ^ (length(letters) - place)))::bigint
        FROM generate_series(1, length(letters)) AS place
    ) + CASE length(letters) WHEN 4 THEN 17576 ELSE 0 END;
COMMENT ON FUNCTION tides.name_number IS 'The inverse of target_name: aaa is 0, zzz 17575, aaaa 17576';
