-- In: a target. Out: what it is, whether it is live and why, and how it stands with 4MOST, as one row.
SELECT
    m.tides_id, m.name, m.ra, m.dec, m.template, m.active, m.reason, m.created, m.jdmin, m.jdmax, m.sherlock_class,
    (SELECT string_agg(concat_ws(' ', c.tns_name, c.tns_type, 'z ' || c.redshift, 'host z ' || c.host_redshift), ', '
        ORDER BY c.survey) FROM tides.tides_context AS c JOIN tides.tides_alias AS a USING (survey, object_id)
        WHERE a.tides_id = m.tides_id AND coalesce(c.tns_name, c.tns_type) IS NOT NULL) AS tns,
    m.pk_4most, m.ostd_targ_id, m.ostd_u_obj_id,
    f.told_at, f.date_ingested, f.attempt, f.sending_since, f.refusal, f.problem, f.held,
    f.told ->> 'is_active' AS active_there, f.wanted ->> 'is_active' AS active_wanted,
    f.wanted IS NOT DISTINCT FROM f.told AS agreed,
    (SELECT string_agg(format(
            '%%s (%%s, %%s)', k.pk, CASE WHEN k.id = m.tides_id THEN k.status ELSE 'of ' || k.name END, k.learnt_how), ', ' ORDER BY k.pk)
        FROM tides.fourmost_key AS k WHERE k.kind = 'sn' AND k.id IN (
            SELECT o.tides_id FROM tides.tides_master AS o WHERE m.tides_id IN (o.tides_id, o.merged_into)
        )) AS keys
FROM tides.tides_master AS m
LEFT JOIN tides.fourmost_target AS f ON (f.kind, f.id) = ('sn', m.tides_id)
WHERE m.tides_id = %(tides_id)s;
