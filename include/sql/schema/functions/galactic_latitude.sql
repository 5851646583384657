-- Galactic latitude of a place.
CREATE OR REPLACE FUNCTION tides.galactic_latitude(ra_deg double precision, dec_deg double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN asind(greatest(-1, least(1,
        sind(dec_deg) * sind(27.12825) + cosd(dec_deg) * cosd(27.12825) * cosd(ra_deg - 192.85948)
    )));
COMMENT ON FUNCTION tides.galactic_latitude IS 'Degrees; ICRS position of the Galactic pole: Hipparcos catalogue, vol. 1, 1.5.3';
