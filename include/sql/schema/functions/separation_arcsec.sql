-- Distance of two places on the sky.
CREATE OR REPLACE FUNCTION tides.separation_arcsec(
    ra_1 double precision, dec_1 double precision, ra_2 double precision, dec_2 double precision
) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN 3600 * 2 * degrees(asin(least(1, sqrt(
        sind((dec_2 - dec_1) / 2) ^ 2 + cosd(dec_1) * cosd(dec_2) * sind((ra_2 - ra_1) / 2) ^ 2
    ))));
COMMENT ON FUNCTION tides.separation_arcsec IS 'Great-circle distance by the haversine formula; right ascension may wrap';
