-- In: a request without a clear answer that surely did nothing, by its mark. Out: `told` is again what it was. The row is
-- held to be the cause when it was alone in the request, 4MOST failed at it (a task of ours that died has no answer), and
-- 4MOST has stored others since the row began to fail. After so many failures of this kind it is set aside until it
-- differs. Until then the next run sends it again. A mark that is not ours any more is left alone.
WITH said AS (
    SELECT
        f.id,
        (
            SELECT e.content #>> '{}'
            FROM tides.fourmost_exchange AS e
            WHERE e.id = f.id
                AND e.at >= f.sending_since
                AND e.part = 'answer'
                AND e.outcome = 'unknown'
                AND e.verb IN ('create', 'change')
            ORDER BY e.exchange_id DESC
            LIMIT 1
        ) AS words
    FROM tides.fourmost_target AS f
    WHERE f.id = %(id)s
), failed AS (
    SELECT
        f.id,
        s.words,
        f.in_bulk = 1 AND s.words IS NOT NULL AND EXISTS (
            SELECT FROM tides.fourmost_exchange AS e
            WHERE e.at >= coalesce(f.failing_since, f.sending_since)
                AND e.part = 'answer'
                AND e.outcome = 'stored'
        ) AS is_cause
    FROM said AS s
    JOIN tides.fourmost_target AS f USING (id)
)
UPDATE tides.fourmost_target AS f
SET told = f.before_told,
    before_told = NULL,
    sending_since = NULL,
    failed_in = f.in_bulk,
    failing_since = coalesce(f.failing_since, f.sending_since),
    attempt = CASE WHEN w.is_cause THEN f.attempt ELSE greatest(f.attempt - 1, 0) END,
    not_before = NULL,
    refusal = CASE WHEN w.is_cause AND f.attempt >= %(failures_alone)s THEN
        'no clear answer to it alone: ' || w.words
    ELSE f.refusal END,
    refused = CASE WHEN w.is_cause AND f.attempt >= %(failures_alone)s THEN f.wanted ELSE f.refused END
FROM failed AS w
WHERE f.id = w.id
    AND f.sending_since = %(mark)s
RETURNING w.is_cause AND f.attempt >= %(failures_alone)s AS set_aside, f.attempt, w.words;
