-- In: a day. Out: the digest of the day has begun, with what its messages hang on; nothing when it had begun already. It
-- tells of the time since the one before it, or of a day, and of a week at most. A repeat begins none.
WITH new AS (
    INSERT INTO tides.digest (day, since, until)
    SELECT
        %(day)s,
        greatest(coalesce((SELECT max(until) FROM tides.digest), now() - interval '1 day'), now() - interval '7 days'),
        now()
    ON CONFLICT (day) DO NOTHING
    RETURNING since, until
), about AS (
    INSERT INTO tides.alarm (kind, began_at, ended_at)
    SELECT 'digest', until, until FROM new
    RETURNING alarm_id
)
SELECT about.alarm_id, new.since, new.until FROM new CROSS JOIN about;
