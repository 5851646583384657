-- In: a list, or null for all. Out: its entries, the target of each, how many epochs it has, and how it stands.
SELECT
    q.list, q.entry, m.name, m.template,
    (SELECT count(DISTINCT night) FROM tides.good_spectrum AS g WHERE g.tides_id = q.tides_id) || ' of ' || q.epochs AS epochs,
    q.cadence_days, m.active AS live, r.words AS reason
FROM tides.listed AS q
JOIN tides.tides_master AS m USING (tides_id)
LEFT JOIN tides.reason_in_words AS r USING (tides_id)
WHERE q.list = coalesce(%(list)s, q.list)
ORDER BY q.list, q.entry;
