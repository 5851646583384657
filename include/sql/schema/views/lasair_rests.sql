-- The objects that Lasair is not asked for now, by what would be asked: it failed at them. The first failure of a daily
-- call costs no pause. The pauses are 12 h, 1.5 d, 3.5 d, 7.5 d … to a month. A newer alert ends each.
CREATE OR REPLACE VIEW tides.lasair_rests AS
SELECT f.survey, f.object_id, f.call
FROM tides.lasair_failure AS f
WHERE (f.failures > 1 OR f.call = 'light curve')
    AND f.failed_at + interval '12 hours' * (2 ^ least(f.failures, 6) - 1) > now()
    AND NOT EXISTS (
        SELECT FROM tides.candidate AS c
        WHERE (c.lane, c.survey, c.object_id) = ('live', f.survey, f.object_id)
            AND c.known_at > f.failed_at
    );
COMMENT ON VIEW tides.lasair_rests IS 'The objects that Lasair is not asked for now, since it failed at them, by what would be asked';
