-- Rows at 4MOST under our prefix and survey that this database knows nothing of.

CREATE TABLE tides.fourmost_stray (
    pk             bigint PRIMARY KEY,
    name           text NOT NULL,
    survey_id      integer NOT NULL,
    ra             double precision NOT NULL CHECK (ra BETWEEN 0 AND 360),
    dec            double precision NOT NULL CHECK (dec BETWEEN -90 AND 90),
    date_submitted timestamptz,
    first_seen     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX fourmost_stray_dec ON tides.fourmost_stray (dec);
COMMENT ON TABLE tides.fourmost_stray IS
    'Rows at 4MOST that bear our prefix and that we do not know: from before a restore, or another bridge''s';

CREATE FUNCTION tides.name_number(letters text) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (
        SELECT sum((ascii(substr(letters, place, 1)) - 97) * (26::numeric ^ (length(letters) - place)))::bigint
        FROM generate_series(1, length(letters)) AS place
    ) + CASE length(letters) WHEN 4 THEN 17576 ELSE 0 END;
COMMENT ON FUNCTION tides.name_number IS 'The inverse of target_name: aaa is 0, zzz 17575, aaaa 17576';
