-- Out: by subsurvey the live targets, and the fibre hours (dark time) that they ask for and that good spectra took.
SELECT
    subsurvey,
    count(*) FILTER (WHERE asked > 0) AS targets,
    coalesce(sum(asked), 0) AS asked,
    coalesce(sum(spent), 0) AS spent
FROM tides.fibre_hours
GROUP BY subsurvey
ORDER BY subsurvey;
