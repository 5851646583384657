-- In: a token's digest, the limit of calls an hour. Out: how many calls this hour still has. Reads only.
SELECT greatest(0, %(limit)s - coalesce(
    (
        SELECT calls
        FROM tides.lasair_call
        WHERE token = %(token)s AND hour = date_trunc('hour', clock_timestamp(), 'UTC')
    ),
    0
)) AS calls;
