-- Out: how many targets there have ever been in each cell of tides.sky_cell, without those that turned out to be others: as
-- triggers have counted them.
SELECT cell, sum(n)::bigint AS targets
FROM tides.cell_count
GROUP BY cell
HAVING sum(n) > 0;
