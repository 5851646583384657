-- The spectra that end a request (docs/science.md, "Decisions and spectra"): complete ones, or of enough signal to noise.
CREATE OR REPLACE VIEW tides.good_spectrum AS
SELECT tides_id, night, source
FROM tides.tides_spectrum
WHERE state = 'complete' OR snr >= (SELECT complete_snr FROM tides.live_limits_asked());
COMMENT ON VIEW tides.good_spectrum IS 'The spectra that end a request';
