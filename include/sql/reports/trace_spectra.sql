-- In: a target. Out: its spectra, by night.
SELECT night, state, snr, source, recorded_at FROM tides.tides_spectrum WHERE tides_id = %(tides_id)s ORDER BY night, source;
