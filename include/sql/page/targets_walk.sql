-- In: an order (`sort`: name, ra, dec or told, upwards or not), a place in it (key and tides_id; NULL: its begin), how many.
-- Out: the next targets after that place, each with its own place. Each order has an index; that of `told` has only what was told.
SELECT
    m.tides_id, m.ra, m.dec,
    CASE %(sort)s WHEN 'name' THEN m.name WHEN 'ra' THEN m.ra::text WHEN 'dec' THEN m.dec::text ELSE f.told_at::text END
        AS key
FROM tides.tides_master AS m
LEFT JOIN tides.fourmost_target AS f ON f.id = m.tides_id
WHERE CASE WHEN %(sort)s = 'told' THEN f.told_at IS NOT NULL ELSE true END
    AND CASE
        WHEN %(key)s::text IS NULL THEN true
        WHEN %(sort)s = 'name' AND %(upwards)s::boolean
            THEN (m.name, m.tides_id) > (%(key)s::text, %(id)s::integer)
        WHEN %(sort)s = 'name' THEN (m.name, m.tides_id) < (%(key)s::text, %(id)s::integer)
        WHEN %(sort)s = 'ra' AND %(upwards)s::boolean
            THEN (m.ra, m.tides_id) > (%(key)s::double precision, %(id)s::integer)
        WHEN %(sort)s = 'ra' THEN (m.ra, m.tides_id) < (%(key)s::double precision, %(id)s::integer)
        WHEN %(sort)s = 'dec' AND %(upwards)s::boolean
            THEN (m.dec, m.tides_id) > (%(key)s::double precision, %(id)s::integer)
        WHEN %(sort)s = 'dec' THEN (m.dec, m.tides_id) < (%(key)s::double precision, %(id)s::integer)
        WHEN %(upwards)s::boolean THEN (f.told_at, f.id) > (%(key)s::timestamptz, %(id)s::integer)
        ELSE (f.told_at, f.id) < (%(key)s::timestamptz, %(id)s::integer)
    END
ORDER BY
    CASE WHEN %(sort)s = 'name' AND %(upwards)s::boolean THEN m.name END,
    CASE WHEN %(sort)s = 'name' AND NOT %(upwards)s::boolean THEN m.name END DESC,
    CASE WHEN %(sort)s = 'ra' AND %(upwards)s::boolean THEN m.ra END,
    CASE WHEN %(sort)s = 'ra' AND NOT %(upwards)s::boolean THEN m.ra END DESC,
    CASE WHEN %(sort)s = 'dec' AND %(upwards)s::boolean THEN m.dec END,
    CASE WHEN %(sort)s = 'dec' AND NOT %(upwards)s::boolean THEN m.dec END DESC,
    CASE WHEN %(sort)s = 'told' AND %(upwards)s::boolean THEN f.told_at END,
    CASE WHEN %(sort)s = 'told' AND NOT %(upwards)s::boolean THEN f.told_at END DESC,
    CASE WHEN %(upwards)s::boolean THEN m.tides_id END,
    m.tides_id DESC
LIMIT %(look)s::integer;
