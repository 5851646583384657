-- What is known of these targets, and of what 4MOST holds of them.
-- The columns that the row for 4MOST is made from bear the names of `Target` in fields.py. `magnitudes` are the current
-- ones, {survey, band, mag, err, newest_jd, faint_limit}: not older than each survey's limit; of a host or a list its
-- catalogue's.
-- `redshift` is the transient's own, else its host's, by TNS; of a host its catalogue's, else that of its transient by
-- TNS, else a photometric one.
-- Magnitudes are those of the last noon (UTC), shortly before 4MOST's ingestion: so all runs of a day tell the same.
WITH clock AS (
    SELECT
        tides.jd_utc(now()) AS now_jd,
        date_trunc('day', now() - interval '12 h', 'UTC') + interval '12 h' AS noon
), limits AS (
    SELECT *
    FROM jsonb_to_recordset(%(surveys)s::jsonb)
        AS l (survey text, current_max_age_days double precision, faint_limit double precision)
), chosen AS (
    SELECT
        m.tides_id, m.kind, m.name, m.ra, m.dec, m.template, m.active,
        f.wanted, f.told, f.refused, f.date_latest, f.date_ingested, f.sending_since, f.held, f.before_told,
        f.failed_in,
        coalesce(f.sending_since < now() - make_interval(secs => %(settle_s)s), false) AS settled,
        coalesce(f.not_before > now(), false) AS too_early,
        k.pk,
        EXISTS (
            SELECT FROM tides.fourmost_key AS s WHERE (s.id, s.status) = (m.tides_id, 'foreign')
        ) AS name_taken
    FROM unnest(%(ids)s::integer[]) AS i (id)
    CROSS JOIN LATERAL (SELECT * FROM tides.target WHERE tides_id = i.id OFFSET 0) AS m
    LEFT JOIN LATERAL (SELECT * FROM tides.fourmost_target WHERE id = i.id OFFSET 0) AS f ON true
    LEFT JOIN LATERAL (SELECT * FROM tides.fourmost_key WHERE (id, status) = (i.id, 'current') OFFSET 0) AS k ON true
)
SELECT
    c.*,
    t.now_jd,
    coalesce(b.magnitudes, h.magnitudes, q.magnitudes, '[]') AS magnitudes,
    h.radius_arcsec,
    coalesce(h.redshift, q.redshift, z.redshift, h.photo_z) AS redshift
FROM chosen AS c
CROSS JOIN clock AS t
LEFT JOIN LATERAL (
    SELECT jsonb_agg(
        jsonb_build_object('survey', b.survey, 'band', b.band, 'mag', b.mag, 'err', b.err, 'newest_jd', b.newest_jd,
            'faint_limit', l.faint_limit, 'precedence', v.precedence)
        ORDER BY b.survey, b.band
    ) AS magnitudes
    FROM tides.current_magnitude(t.noon) AS b
    JOIN limits AS l USING (survey)
    JOIN tides.survey AS v USING (survey)
    WHERE b.tides_id = c.tides_id
        AND b.mag IS NOT NULL
        AND b.newest_jd >= t.now_jd - l.current_max_age_days
) AS b ON c.active
LEFT JOIN LATERAL (
    SELECT
        g.redshift, g.photo_z, g.radius_arcsec,
        CASE WHEN g.mag IS NOT NULL THEN
            jsonb_build_array(
                jsonb_build_object('survey', 'catalogue', 'band', g.band, 'mag', g.mag, 'err', g.mag_err)
            )
        END AS magnitudes
    FROM tides.tides_hosts AS g
    WHERE g.tides_id = c.tides_id
) AS h ON c.active AND c.kind = 'host'
LEFT JOIN LATERAL (
    SELECT
        l.redshift,
        jsonb_build_array(
            jsonb_build_object('survey', 'catalogue', 'band', l.band, 'mag', l.mag, 'err', l.mag_err)
        ) AS magnitudes
    FROM tides.listed AS l
    WHERE l.tides_id = c.tides_id
) AS q ON c.active
LEFT JOIN LATERAL (
    SELECT coalesce(x.redshift, x.host_redshift) AS redshift
    FROM (
        SELECT c.tides_id
        UNION ALL
        SELECT n.tides_id FROM tides.host_candidate AS n WHERE (n.host_id, n.rank) = (c.tides_id, 1)
    ) AS w
    JOIN tides.tides_alias AS a USING (tides_id)
    JOIN tides.tides_context AS x USING (survey, object_id)
    LEFT JOIN tides.survey AS v ON v.survey = a.survey
    WHERE coalesce(x.redshift, x.host_redshift) IS NOT NULL
    ORDER BY x.redshift IS NULL, v.precedence, a.object_id
    LIMIT 1
) AS z ON c.active
ORDER BY c.tides_id;
