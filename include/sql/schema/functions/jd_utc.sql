-- JD UTC of a moment.
CREATE OR REPLACE FUNCTION tides.jd_utc(moment timestamptz) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN extract(epoch FROM moment)::double precision / 86400 + 2440587.5;
