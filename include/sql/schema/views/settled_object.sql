-- Each survey's object that is a target, when it was last seen, and whether all is over with the target: it is off, nothing
-- of it waits, and 4MOST knows. Retention takes from such targets alone.
CREATE OR REPLACE VIEW tides.settled_object AS
SELECT
    a.survey,
    a.object_id,
    a.tides_id,
    greatest(a.last_jd, a.seen_jd) AS jd,
    (
        SELECT max(greatest(o.last_jd, o.seen_jd)) FROM tides.tides_alias AS o WHERE o.tides_id = a.tides_id
    ) AS newest_jd,
    NOT EXISTS (
        SELECT FROM tides.tides_master AS m
        WHERE m.tides_id = a.tides_id AND (m.active OR m.why IN ('new', 'between_epochs'))
    ) AND NOT EXISTS (
        SELECT FROM tides.candidate AS c
        WHERE (c.lane, c.survey, c.object_id) = ('live', a.survey, a.object_id) AND (c.waiting OR c.problem IS NOT NULL)
    ) AND NOT EXISTS (
        SELECT FROM tides.selection AS s
        WHERE (s.lane, s.survey, s.object_id) = ('live', a.survey, a.object_id) AND s.merged_at IS NULL
    ) AND NOT EXISTS (
        SELECT FROM tides.fourmost_target AS f WHERE f.id = a.tides_id AND (f.differs OR f.held IS NOT NULL)
    ) AS settled
FROM tides.tides_alias AS a;

COMMENT ON VIEW tides.settled_object IS 'Objects of targets, when they were last seen, and whether all is over with their target';
