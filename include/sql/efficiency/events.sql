-- In: kinds of events. Out: each such event, oldest first, with when it was opened and closed (JD UTC; NULL: open).
SELECT kind, subject, tides.jd_utc(opened_at) AS opened_jd, tides.jd_utc(closed_at) AS closed_jd
FROM tides.event
WHERE kind = ANY (%(kinds)s)
ORDER BY opened_at, event_id;
