-- In: rows about to be sent, as JSON, each with its key at 4MOST (null for a create) and the fields to be sent, and how
-- many go in one request. Out: those that are ours to send, with the mark by which we know them again. In a transaction
-- of its own, before the request: whatever happens then, the row is known to be under way, and the request is kept. A row
-- that somebody else has marked, or whose key has changed, is not ours.
WITH marked AS (
    UPDATE tides.fourmost_target AS f
    SET sending_since = clock_timestamp(),
        attempt = f.attempt + 1,
        in_bulk = %(in_bulk)s,
        before_told = f.told,
        told = NULL,
        wanted = s.wanted,
        date_latest = coalesce(f.date_latest, (s.wanted ->> 'date_latest')::double precision)
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS s (id integer, pk bigint, wanted jsonb)
    LEFT JOIN tides.fourmost_key AS k ON (k.id, k.status) = (s.id, 'current')
    WHERE f.id = s.id
        AND f.sending_since IS NULL
        AND k.pk IS NOT DISTINCT FROM s.pk
    RETURNING f.id, f.name, f.sending_since
), kept AS (
    INSERT INTO tides.fourmost_exchange (at, run_id, id, name, verb, part, content)
    SELECT clock_timestamp(), %(run_id)s, m.id, m.name, %(verb)s, 'request', s.fields
    FROM marked AS m
    JOIN jsonb_to_recordset(%(rows)s::jsonb) AS s (id integer, fields jsonb) USING (id)
    ORDER BY m.id
)
SELECT id, sending_since FROM marked;
