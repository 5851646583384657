-- In: a target, and what 4MOST holds of it by a row that is surely its own. Out: that as told, and any mark cleared.
-- Under the master lock, beside the key and the name. Can be repeated.
INSERT INTO tides.fourmost_target AS f (id, name, state, told, told_at, date_latest, date_ingested)
VALUES (
    %(id)s, %(name)s, CASE WHEN %(active)s THEN 'live' ELSE 'inactive' END, %(told)s, now(), %(date_latest)s,
    %(date_ingested)s
)
ON CONFLICT (id) DO UPDATE
SET name = excluded.name,
    told = excluded.told,
    told_at = now(),
    before_told = NULL,
    sending_since = NULL,
    attempt = 0,
    failed_in = NULL,
    failing_since = NULL,
    not_before = NULL,
    held = NULL,
    held_since = NULL,
    refusal = NULL,
    refused = NULL,
    date_latest = excluded.date_latest,
    date_ingested = excluded.date_ingested;
