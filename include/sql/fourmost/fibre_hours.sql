-- Out: by subsurvey the live targets, and the fibre hours (dark time) that they ask for and that good spectra took. Reads
-- what is live or has a good spectrum; all else asks for nothing and took nothing.
SELECT
    subsurvey,
    count(*) FILTER (WHERE asked > 0) AS targets,
    coalesce(sum(asked), 0) AS asked,
    coalesce(sum(spent), 0) AS spent
FROM (
    SELECT id FROM tides.fourmost_target WHERE state = 'live'
    UNION
    SELECT tides_id FROM tides.good_spectrum
) AS i
CROSS JOIN LATERAL (SELECT * FROM tides.fibre_hours WHERE id = i.id OFFSET 0) AS h
GROUP BY subsurvey
ORDER BY subsurvey;
