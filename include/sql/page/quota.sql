-- Out: the calls to Lasair that were taken in this hour.
SELECT coalesce(sum(calls), 0)::integer AS calls
FROM tides.lasair_call
WHERE hour = date_trunc('hour', now(), 'UTC');
