-- In: one spectrum of a target. Of one night and source the newest report counts. A repeat changes nothing.
INSERT INTO tides.tides_spectrum AS t (tides_id, night, state, snr, source)
VALUES (%(tides_id)s, %(night)s, %(state)s, %(snr)s, %(source)s)
ON CONFLICT (tides_id, night, source) DO UPDATE
SET state = excluded.state,
    snr = excluded.snr,
    recorded_at = now()
WHERE (t.state, t.snr) IS DISTINCT FROM (excluded.state, excluded.snr);
