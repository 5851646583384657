-- Out: what code without cells has stored of nights is placed by the objects' cells, and counted in cell_night. Can be
-- repeated: what has a cell is left alone.
UPDATE tides.candidate
SET cell = -1
WHERE cell IS NULL AND (ra IS NULL OR dec IS NULL);

WITH placed AS (
    UPDATE tides.night_seen AS n
    SET cell = coalesce(o.cell, -1)
    FROM (
        SELECT s.stream, s.night, s.object_id, c.cell
        FROM tides.night_seen AS s
        LEFT JOIN tides.candidate AS c ON (c.lane, c.stream, c.object_id) = ('live', s.stream, s.object_id)
        WHERE s.cell IS NULL
        ORDER BY s.stream, s.night, s.object_id
    ) AS o
    WHERE (n.stream, n.night, n.object_id) = (o.stream, o.night, o.object_id)
    RETURNING n.stream, n.night, n.cell
)
INSERT INTO tides.cell_night AS n (stream, night, cell, objects)
SELECT stream, night, cell, count(*)
FROM placed
WHERE cell >= 0
GROUP BY stream, night, cell
ORDER BY stream, night, cell
ON CONFLICT (stream, night, cell) DO UPDATE SET objects = n.objects + excluded.objects;
