-- In: rows about to be sent, as JSON, each with its key at 4MOST (null for a create). Out: the ids that are ours to send.
-- In a transaction of its own, before the request: whatever happens then, the row is known to be under way. A row that
-- somebody else has marked, or whose key has changed, is not ours.
UPDATE tides.fourmost_target AS f
SET sending_since = now(),
    attempt = f.attempt + 1,
    before_told = f.told,
    told = NULL,
    wanted = s.wanted,
    date_latest = coalesce(f.date_latest, (s.wanted ->> 'date_latest')::double precision)
FROM jsonb_to_recordset(%(rows)s::jsonb) AS s (id integer, pk bigint, wanted jsonb)
LEFT JOIN tides.fourmost_key AS k ON (k.kind, k.id, k.status) = ('sn', s.id, 'current')
WHERE (f.kind, f.id) = ('sn', s.id)
    AND f.sending_since IS NULL
    AND k.pk IS NOT DISTINCT FROM s.pk
RETURNING f.id;
