-- In: a time in hours. Out: whether a live run has ended well within it.
SELECT EXISTS (
    SELECT FROM tides.bridge_run
    WHERE lane = 'live' AND good AND ended_at > now() - %(hours)s * interval '1 h'
) AS good;
