-- In: how many objects a stream should have brought, by day, and the run that found it. Out: the run's event of that
-- stream, with these added to what it has counted already (a page at a time, and over its retries).
-- Runs in the transaction that folds them in: they can't be counted twice.
WITH counted AS (
    UPDATE tides.event AS e
    SET last_seen_at = now(),
        detail = e.detail || jsonb_build_object(
            'objects', (e.detail ->> 'objects')::integer + %(objects)s::integer,
            'days', (
                SELECT jsonb_object_agg(d.day, d.objects)
                FROM (
                    SELECT key AS day, sum(value::integer) AS objects
                    FROM (
                        SELECT * FROM jsonb_each_text(e.detail -> 'days')
                        UNION ALL
                        SELECT * FROM jsonb_each_text(%(days)s::jsonb)
                    ) AS each_day
                    GROUP BY key
                ) AS d
            )
        )
    WHERE (e.kind, e.subject) = (%(kind)s, %(stream)s)
        AND e.detail ->> 'run' = %(run_id)s
    RETURNING e.event_id
)
INSERT INTO tides.event (kind, subject, detail, closed_at)
SELECT
    %(kind)s,
    %(stream)s,
    jsonb_build_object('run', %(run_id)s::text, 'objects', %(objects)s::integer, 'days', %(days)s::jsonb),
    now()
WHERE NOT EXISTS (SELECT FROM counted);
