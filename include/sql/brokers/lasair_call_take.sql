-- In: a token's digest, a number of calls, the limit of calls an hour. Out: whether they are taken, and the seconds to
-- the next hour. One statement, so that two tasks never pass the limit together. Each repeat takes again.
WITH taken AS (
    INSERT INTO tides.lasair_call AS c (token, hour, calls)
    SELECT %(token)s, date_trunc('hour', clock_timestamp(), 'UTC'), %(calls)s
    WHERE %(calls)s <= %(limit)s
    ON CONFLICT (token, hour) DO UPDATE SET calls = c.calls + excluded.calls
    WHERE c.calls + excluded.calls <= %(limit)s
    RETURNING c.calls
)
SELECT
    EXISTS (SELECT FROM taken) AS taken,
    extract(
        epoch FROM date_trunc('hour', clock_timestamp(), 'UTC') + interval '1 hour' - clock_timestamp()
    )::double precision AS wait_s;
