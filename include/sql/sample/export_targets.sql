-- In: a time. Out: the transients as they stood then, each with what led to it and what came of it. Reads only.
WITH told AS (
    SELECT id, min(at) AS first_at
    FROM tides.fourmost_exchange
    WHERE part = 'answer' AND outcome IN ('stored', 'found') AND at <= %(as_of)s
    GROUP BY id
), alias AS (
    SELECT key ->> 'survey' AS survey, key ->> 'object_id' AS object_id, (content ->> 'tides_id')::integer AS tides_id
    FROM tides.past_at('tides_alias', %(as_of)s)
), selected AS (
    SELECT
        a.tides_id,
        min(s.trigger_jd) FILTER (WHERE s.passed AND NOT s.control) AS trigger_jd,
        min(s.trigger_known) FILTER (WHERE s.passed AND NOT s.control) AS trigger_known,
        min(s.first_jd) AS first_jd,
        max(s.last_jd) AS last_jd
    FROM (
        SELECT v.survey, v.object_id, v.passed, v.control, v.trigger_jd, v.trigger_known, v.first_jd, v.last_jd
        FROM tides.selection AS v
        WHERE v.judged_at <= %(as_of)s AND v.lane NOT LIKE 'dry/%%'
        UNION ALL          -- what retention has taken since then
        SELECT p.survey, p.object_id, false, false, NULL, NULL, g.first_jd, g.last_jd
        FROM tides.pruned_object AS p
        CROSS JOIN LATERAL unnest(p.judged_at, p.first_jd, p.last_jd) AS g (judged_at, first_jd, last_jd)
        WHERE g.judged_at <= %(as_of)s
    ) AS s
    JOIN alias AS a USING (survey, object_id)
    GROUP BY a.tides_id
), said AS (               -- of several objects the first one that has a word
    SELECT
        a.tides_id,
        (array_agg(c.content ->> 'sherlock_class' ORDER BY a.survey COLLATE "C", a.object_id COLLATE "C")
            FILTER (WHERE c.content ->> 'sherlock_class' IS NOT NULL))[1] AS sherlock_class,
        (array_agg(c.content ->> 'tns_name' ORDER BY a.survey COLLATE "C", a.object_id COLLATE "C")
            FILTER (WHERE c.content ->> 'tns_name' IS NOT NULL))[1] AS tns_name,
        (array_agg(c.content ->> 'tns_type' ORDER BY a.survey COLLATE "C", a.object_id COLLATE "C")
            FILTER (WHERE c.content ->> 'tns_type' IS NOT NULL))[1] AS tns_type,
        (array_agg((c.content ->> 'redshift')::double precision ORDER BY a.survey COLLATE "C", a.object_id COLLATE "C")
            FILTER (WHERE c.content ->> 'redshift' IS NOT NULL))[1] AS redshift,
        (array_agg((c.content ->> 'host_redshift')::double precision
            ORDER BY a.survey COLLATE "C", a.object_id COLLATE "C")
            FILTER (WHERE c.content ->> 'host_redshift' IS NOT NULL))[1] AS host_redshift
    FROM alias AS a
    JOIN tides.past_at('tides_context', %(as_of)s) AS c
        ON c.key = jsonb_build_object('survey', a.survey, 'object_id', a.object_id)
    GROUP BY a.tides_id
), interval AS (
    SELECT
        tides_id,
        count(*) AS intervals,
        min(since) AS first_live,
        (array_agg(until ORDER BY number DESC))[1] AS ended_at
    FROM tides.live_interval_at(%(as_of)s)
    GROUP BY tides_id
), ingested AS (
    SELECT (key ->> 'id')::integer AS tides_id, (content ->> 'date_ingested')::timestamptz AS date_ingested
    FROM tides.past_at('fourmost_target', %(as_of)s)
), spectrum AS (
    SELECT
        (key ->> 'tides_id')::integer AS tides_id,
        count(*) AS spectra,
        count(*) FILTER (WHERE content ->> 'state' = 'complete') AS complete
    FROM tides.past_at('tides_spectrum', %(as_of)s)
    GROUP BY 1
), host AS (
    SELECT
        (c.key ->> 'tides_id')::integer AS tides_id,
        h.content,
        (c.content ->> 'separation_arcsec')::double precision AS separation_arcsec
    FROM tides.past_at('host_candidate', %(as_of)s) AS c
    JOIN tides.past_at('tides_hosts', %(as_of)s) AS h
        ON h.key = jsonb_build_object('tides_id', c.key -> 'host_id')
    WHERE c.content ->> 'rank' = '1'
), target AS (
    SELECT t.tides_id, t.name, r.*
    FROM tides.target_at(%(as_of)s) AS t
    CROSS JOIN LATERAL jsonb_to_record(t.content) AS r (
        ra double precision, dec double precision, position_survey text, reachable boolean, template text,
        control boolean, active boolean, why text, same_place_as integer, pk_4most bigint, ostd_targ_id bigint,
        ostd_u_obj_id bigint, merged_into integer
    )
    WHERE t.kind = 'sn'
)
SELECT
    t.tides_id, t.name, t.ra, t.dec, t.position_survey, t.template, t.control, t.reachable,
    s.trigger_jd, s.trigger_known, s.first_jd, s.last_jd,
    t.active AS live, t.why, coalesce(i.intervals, 0) AS live_intervals, i.first_live, i.ended_at,
    o.first_at AS first_told, t.pk_4most, g.date_ingested, t.ostd_targ_id, t.ostd_u_obj_id,
    coalesce(p.spectra, 0) AS spectra, coalesce(p.complete, 0) AS complete_spectra,
    c.sherlock_class, c.tns_name, c.tns_type, c.redshift, c.host_redshift,
    h.content ->> 'name' AS host_name,
    h.content ->> 'catalogue' AS host_catalogue,
    h.content ->> 'catalogue_id' AS host_catalogue_id,
    h.separation_arcsec AS host_separation,
    (h.content ->> 'redshift')::double precision AS host_catalogue_redshift,
    (h.content ->> 'photo_z')::double precision AS host_photo_z,
    m.name AS merged_into,
    n.name AS same_place_as
FROM target AS t
LEFT JOIN selected AS s USING (tides_id)
LEFT JOIN said AS c USING (tides_id)
LEFT JOIN interval AS i USING (tides_id)
LEFT JOIN told AS o ON o.id = t.tides_id
LEFT JOIN ingested AS g USING (tides_id)
LEFT JOIN spectrum AS p USING (tides_id)
LEFT JOIN host AS h USING (tides_id)
LEFT JOIN target AS m ON m.tides_id = t.merged_into
LEFT JOIN target AS n ON n.tides_id = t.same_place_as
ORDER BY t.tides_id;
