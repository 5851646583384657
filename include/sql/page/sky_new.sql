-- In: since when. Out: how many targets that are new since then lie in each cell of tides.sky_cell.
SELECT tides.sky_cell(ra, dec) AS cell, count(*) AS targets
FROM tides.tides_master
WHERE created >= %(since)s AND merged_into IS NULL
GROUP BY 1;
