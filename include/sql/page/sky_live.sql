-- Out: how many live targets lie in each cell of tides.sky_cell.
SELECT tides.sky_cell(ra, dec) AS cell, count(*) AS targets
FROM tides.tides_master
WHERE active
GROUP BY 1;
