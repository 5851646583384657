-- The current magnitude of a band is a line through its light curve. Its slope is in light_curve.bands.
-- optional: comments only
COMMENT ON COLUMN tides.target_band.current_mag IS 'The line through the light curve at current_jd; tides.current_magnitude follows it';
COMMENT ON COLUMN tides.light_curve.bands IS 'Band -> newest, brightest, forced (jd, mag, err), limit (jd, mag) and current (jd, mag, err, slope, slope_err); NULL until judged';
