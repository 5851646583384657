-- In: names at 4MOST, a prefix. Out: the prefix's counters, beyond the highest of these; of our own names they always are,
-- being in one transaction with them. Can be repeated: a counter only rises.
INSERT INTO tides.name_counter AS c (prefix, year, next)
SELECT %(prefix)s, 2000 + substr(n.rest, 1, 2)::integer, max(tides.name_number(substr(n.rest, 3))) + 1
FROM (
    SELECT substr(name, length(%(prefix)s) + 1) AS rest
    FROM unnest(%(names)s::text[]) AS given (name)
    WHERE starts_with(name, %(prefix)s)
) AS n
WHERE n.rest ~ '^[0-9]{2}[a-z]{3,4}$'
GROUP BY 2
ORDER BY 2
ON CONFLICT (prefix, year) DO UPDATE SET next = excluded.next
WHERE c.next < excluded.next;
