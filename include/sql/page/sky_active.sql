-- Out: how many targets that 4MOST holds as active lie in each cell of tides.sky_cell, by our positions. Host galaxies are left
-- out. OFFSET 0: each is looked up by its id, however the planner guesses their number.
SELECT tides.sky_cell(m.ra, m.dec) AS cell, count(*) AS targets
FROM tides.active_at_4most AS a
CROSS JOIN LATERAL (SELECT t.ra, t.dec FROM tides.tides_master AS t WHERE t.tides_id = a.id OFFSET 0) AS m
GROUP BY 1;
