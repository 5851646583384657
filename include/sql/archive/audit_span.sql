-- In: a stream, its settle time. Out: from which last detection on its audit looks, and up to which change of a row it
-- compares: what had settled when the stream was last read to its end in all partitions (NULL: never). `before` is up to which
-- change the last audit has compared (NULL: there was none). Reads only.
SELECT
    (SELECT audited_until FROM tides.stream_audit WHERE stream = %(stream)s) AS before,
    coalesce(
        (SELECT audited_until FROM tides.stream_audit WHERE stream = %(stream)s)
            - make_interval(secs => 86400 * %(overlap_days)s::double precision),
        now() - make_interval(secs => 86400 * %(first_days)s::double precision)
    ) AS since,
    CASE WHEN bool_and(caught_up_at IS NOT NULL)
        THEN min(caught_up_at) - make_interval(secs => 3600 * %(settle_hours)s::double precision)
    END AS until
FROM tides.stream_offset
WHERE lane = 'live'
    AND stream = %(stream)s;
