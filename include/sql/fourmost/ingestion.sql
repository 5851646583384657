-- In: the newest cut-off, and since when an ingestion belongs to it. Out: how many of our rows at 4MOST were there before
-- it and are not known as ingested, and whether any is known to have been ingested in it.
SELECT
    (
        SELECT count(*)
        FROM tides.fourmost_target AS f
        JOIN tides.fourmost_key AS k ON (k.id, k.status) = (f.id, 'current')
        WHERE f.date_ingested IS NULL AND k.learnt_at < %(cut_off)s
    ) AS waiting,
    EXISTS (
        SELECT FROM tides.fourmost_target AS f
        JOIN tides.fourmost_key AS k ON (k.id, k.status) = (f.id, 'current')
        WHERE f.date_ingested >= %(since)s
    ) AS seen;
