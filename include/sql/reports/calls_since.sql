-- In: a moment. Out: the most calls to Lasair that were taken in an hour since then.
SELECT coalesce(max(calls), 0) AS calls FROM tides.lasair_call WHERE hour >= date_trunc('hour', %(since)s::timestamptz, 'UTC');
