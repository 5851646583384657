-- In: a time. Out: the spectra of targets and hosts that were known then. Reads only.
SELECT
    t.name, t.tides_id, t.kind, p.key ->> 'night' AS night, p.key ->> 'source' AS source, p.content ->> 'state' AS state,
    (p.content ->> 'snr')::double precision AS snr, p.at AS recorded_at
FROM tides.past_at('tides_spectrum', %(as_of)s) AS p
JOIN tides.target_at(%(as_of)s) AS t ON t.tides_id = (p.key ->> 'tides_id')::integer
ORDER BY t.tides_id, night, p.key ->> 'source' COLLATE "C";
