-- In: nothing. Out: what was noted since the last time is counted in stream_count, target_count and cell_count. Can be repeated: it
-- then finds nothing. Runs in a transaction.
-- Two at once would count one object twice: the second waits for the first, and sees what that has counted.
LOCK TABLE tides.stream_count IN SHARE ROW EXCLUSIVE MODE;

WITH noted AS (
    DELETE FROM tides.to_count RETURNING survey, object_id
), object AS (
    SELECT DISTINCT survey, object_id FROM noted
), present AS (
    SELECT
        o.survey, o.object_id, c.stream,
        EXISTS (
            SELECT FROM tides.selection AS s WHERE (s.survey, s.object_id) = (o.survey, o.object_id) AND s.passed
        ) AS selected,
        coalesce(m.active, false) AS live,
        coalesce(NOT m.reachable, false) AS unreachable,
        m.pk_4most IS NOT NULL AS at_4most
    FROM object AS o
    JOIN tides.candidate AS c ON (c.lane, c.survey, c.object_id) = ('live', o.survey, o.object_id)
    LEFT JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (o.survey, o.object_id)
    LEFT JOIN tides.tides_master AS m USING (tides_id)
), change AS (
    SELECT stream, 1 AS objects, selected, live, unreachable, at_4most FROM present
    UNION ALL
    SELECT k.stream, -1, k.selected, k.live, k.unreachable, k.at_4most
    FROM object AS o
    JOIN tides.counted_object AS k USING (survey, object_id)
), gone AS (
    DELETE FROM tides.counted_object AS k
    USING object AS o
    WHERE (k.survey, k.object_id) = (o.survey, o.object_id)
        AND NOT EXISTS (
            SELECT FROM present AS p WHERE (p.survey, p.object_id, p.stream) = (k.survey, k.object_id, k.stream)
        )
), counted AS (
    INSERT INTO tides.counted_object AS k (survey, object_id, stream, selected, live, unreachable, at_4most)
    SELECT survey, object_id, stream, selected, live, unreachable, at_4most
    FROM present
    ON CONFLICT (survey, object_id, stream) DO UPDATE
    SET selected = excluded.selected, live = excluded.live, unreachable = excluded.unreachable, at_4most = excluded.at_4most
    WHERE (k.selected, k.live, k.unreachable, k.at_4most)
        IS DISTINCT FROM (excluded.selected, excluded.live, excluded.unreachable, excluded.at_4most)
)
INSERT INTO tides.stream_count AS s (stream, objects, selected, live, unreachable, at_4most)
SELECT
    stream, sum(objects), sum(objects * selected::integer), sum(objects * live::integer),
    sum(objects * unreachable::integer), sum(objects * at_4most::integer)
FROM change
GROUP BY stream
ON CONFLICT (stream) DO UPDATE
SET objects = s.objects + excluded.objects,
    selected = s.selected + excluded.selected,
    live = s.live + excluded.live,
    unreachable = s.unreachable + excluded.unreachable,
    at_4most = s.at_4most + excluded.at_4most;

WITH summed AS (
    DELETE FROM tides.target_count RETURNING kind, why, reachable, merged, n
)
INSERT INTO tides.target_count (kind, why, reachable, merged, n)
SELECT kind, why, reachable, merged, sum(n)
FROM summed
GROUP BY kind, why, reachable, merged
HAVING sum(n) <> 0;

WITH summed AS (
    DELETE FROM tides.cell_count RETURNING cell, n
)
INSERT INTO tides.cell_count (cell, n)
SELECT cell, sum(n)
FROM summed
GROUP BY cell
HAVING sum(n) <> 0;
