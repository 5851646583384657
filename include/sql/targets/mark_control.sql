-- Part of upsert_master.sql. In: tides_stage and the merged verdicts, of any function and time. Out:
-- tides_master.control, of the targets that only a control sample has ever selected. Can be repeated.
WITH touched AS (
    SELECT DISTINCT a.tides_id
    FROM tides_stage AS s
    JOIN tides.tides_alias AS a ON (a.survey, a.object_id) = (s.survey, s.object_id)
), selected AS (
    SELECT a.tides_id, bool_and(s.control) AS control
    FROM touched
    JOIN tides.tides_alias AS a USING (tides_id)
    JOIN tides.selection AS s ON (s.survey, s.object_id) = (a.survey, a.object_id)
    WHERE s.passed
        AND s.merged_at IS NOT NULL
    GROUP BY a.tides_id
)
UPDATE tides.tides_master AS m
SET control = s.control,
    updated = now()
FROM selected AS s
WHERE m.tides_id = s.tides_id
    AND m.control <> s.control;
