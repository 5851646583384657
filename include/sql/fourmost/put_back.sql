-- In: a request that surely did nothing, by its mark. Out: `told` is again what it was. With 4MOST's words the row is
-- refused: set aside until it differs, or else tried again later. A refused request waits, from the second time on,
-- twice as long each time. A mark that is not ours any more is left alone.
UPDATE tides.fourmost_target
SET told = before_told,
    before_told = NULL,
    sending_since = NULL,
    attempt = CASE WHEN %(refusal)s::text IS NULL THEN greatest(attempt - 1, 0) ELSE attempt END,
    not_before = CASE WHEN %(refusal)s::text IS NULL THEN not_before ELSE
        now() + make_interval(secs => least(%(retry_max_s)s, %(retry_s)s * (2 ^ least(attempt - 1, 30) - 1)))
    END,
    refusal = coalesce(%(refusal)s, refusal),
    refused = CASE WHEN %(set_aside)s THEN wanted ELSE refused END
WHERE id = %(id)s
    AND sending_since = %(mark)s;
