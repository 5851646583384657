-- In: counts of verdicts that this transaction stores, by function, by criterion, and by two criteria that failed together, as
-- JSON. Out: they are added to the counts of today (UTC). The caller counts only what is new, so that a retry adds nothing.
-- In one order, so that two tasks at once do not wait for each other.
WITH functions AS (
    INSERT INTO tides.night_rate AS r (stream, night, function, function_hash, judged, passed, set_aside, paired)
    SELECT
        %(stream)s, (now() AT TIME ZONE 'UTC')::date, f.function, f.function_hash, f.judged, f.passed, f.set_aside, f.judged
    FROM jsonb_to_recordset(%(functions)s::jsonb) AS f (
        function text, function_hash text, judged integer, passed integer, set_aside integer
    )
    ORDER BY f.function
    ON CONFLICT (stream, night, function, function_hash) DO UPDATE
    SET judged = r.judged + excluded.judged,
        passed = r.passed + excluded.passed,
        set_aside = r.set_aside + excluded.set_aside,
        paired = r.paired + excluded.paired
), criteria AS (
    INSERT INTO tides.night_criterion AS r (
        stream, night, function, function_hash, criterion, judged, failed, unknown, alone
    )
    SELECT
        %(stream)s, (now() AT TIME ZONE 'UTC')::date, c.function, c.function_hash, c.criterion, c.judged, c.failed, c.unknown,
        c.alone
    FROM jsonb_to_recordset(%(criteria)s::jsonb) AS c (
        function text, function_hash text, criterion text, judged integer, failed integer, unknown integer, alone integer
    )
    ORDER BY c.function, c.criterion
    ON CONFLICT (stream, night, function, function_hash, criterion) DO UPDATE
    SET judged = r.judged + excluded.judged,
        failed = r.failed + excluded.failed,
        unknown = r.unknown + excluded.unknown,
        alone = r.alone + excluded.alone
)
INSERT INTO tides.night_pair AS r (stream, night, function, function_hash, criterion, other, failed)
SELECT %(stream)s, (now() AT TIME ZONE 'UTC')::date, p.function, p.function_hash, p.criterion, p.other, p.failed
FROM jsonb_to_recordset(%(pairs)s::jsonb) AS p (
    function text, function_hash text, criterion text, other text, failed integer
)
ORDER BY p.function, p.criterion, p.other
ON CONFLICT (stream, night, function, function_hash, criterion, other) DO UPDATE
SET failed = r.failed + excluded.failed;
