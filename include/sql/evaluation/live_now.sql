-- In: targets; NULL: all. Out: what the live rule says of each now, by what the transaction asks; the magnitude (AB) that
-- 4MOST is told, else the brightest current one; since when (JD UTC) the target is off; an object of it. Reads only.
SELECT
    v.tides_id,
    m.name,
    m.template,
    v.active,
    v.why,
    tides.verdict_in_words(v.why, v.detail, v.surveys) AS words,
    coalesce((f.wanted ->> 'mag')::double precision, (
        SELECT min((s.part ->> 'brightest_mag')::double precision) FROM jsonb_array_elements(v.surveys) AS s (part)
    )) AS mag,
    CASE WHEN NOT v.active THEN (
        SELECT tides.jd_utc(max(h.at)) FROM tides.tides_history AS h
        WHERE h.tides_id = v.tides_id AND h.step IN ('deactivated', 'vetoed', 'observed', 'merged')
    ) END AS off_jd,
    a.survey,
    a.object_id
FROM tides.live_verdict(now(), %(targets)s::integer[]) AS v
JOIN tides.tides_master AS m USING (tides_id)
LEFT JOIN tides.fourmost_target AS f ON f.id = v.tides_id
LEFT JOIN LATERAL (
    SELECT o.survey, o.object_id FROM tides.tides_alias AS o WHERE o.tides_id = v.tides_id ORDER BY 1, 2 LIMIT 1
) AS a ON true;
