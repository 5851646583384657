-- In: an age (s), kinds that are kept, where the last piece ended, how many at most. Out: of the next so many events that
-- were closed longer ago, those are gone that are of no such kind, no act of a person, and not about a live target. A repeat
-- finds the next ones.
WITH walked AS MATERIALIZED (
    SELECT event_id, kind, subject, detail, closed_at, acknowledged_by
    FROM tides.event
    WHERE closed_at >= coalesce(%(at)s::timestamptz, 'epoch')
        AND (closed_at > coalesce(%(at)s::timestamptz, 'epoch') OR event_id > coalesce(nullif(%(key)s, ''), '0')::bigint)
        AND closed_at < now() - make_interval(secs => %(age_s)s)
    ORDER BY closed_at, event_id
    LIMIT %(most)s
), gone AS (
    DELETE FROM tides.event AS e USING walked AS w
    WHERE e.event_id = w.event_id
        AND w.kind <> ALL (%(kept)s::text[])
        AND NOT w.detail ? 'by'
        AND w.acknowledged_by IS NULL
        AND NOT EXISTS (
            SELECT FROM tides.target AS t WHERE t.name = split_part(w.subject, ' ', 1) AND t.active
        )
    RETURNING e.event_id
)
SELECT
    (SELECT count(*) FROM walked) AS walked, l.closed_at AS at, NULL::double precision AS jd, l.event_id::text AS key,
    (SELECT count(*) FROM gone) AS gone
FROM (SELECT closed_at, event_id FROM walked ORDER BY closed_at DESC, event_id DESC LIMIT 1) AS l;
