-- In: a row of 4MOST that is one of our targets, and the mark of the request that it answers (null: it answers none). Out:
-- `told`, in 4MOST's own words, when the mark still stands; otherwise the target's state is unknown from now on, unless
-- somebody else's request is under way.
UPDATE tides.fourmost_target
SET told = CASE WHEN sending_since IS NOT DISTINCT FROM %(mark)s THEN %(told)s END,
    told_at = now(),
    before_told = NULL,
    sending_since = NULL,
    attempt = 0,
    failed_in = NULL,
    failing_since = NULL,
    not_before = NULL,
    refusal = NULL,
    refused = NULL,
    released_by = NULL,
    released_at = NULL,
    date_ingested = %(date_ingested)s
WHERE id = %(id)s
    AND (sending_since IS NULL OR sending_since = %(mark)s);
