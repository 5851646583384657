-- In: a target or host. Out: what it is, whether it is live and why, and how it stands with 4MOST, as one row.
SELECT
    m.tides_id, m.kind, m.name, m.ra, m.dec, m.template, m.active, coalesce(t.why::text, h.why::text) AS why, r.words AS reason,
    q.list,
    coalesce(
        t.sherlock_class, h.catalogue || ' ' || h.catalogue_id, q.entry || ' of the list ' || q.list) AS what,
    (SELECT string_agg(concat_ws(' ', c.tns_name, c.tns_type, 'z ' || c.redshift, 'host z ' || c.host_redshift), ', '
        ORDER BY c.survey) FROM tides.tides_context AS c JOIN tides.tides_alias AS a USING (survey, object_id)
        WHERE a.tides_id = m.tides_id AND coalesce(c.tns_name, c.tns_type) IS NOT NULL) AS tns,
    ARRAY(SELECT DISTINCT c.tns_name FROM tides.tides_context AS c JOIN tides.tides_alias AS a USING (survey, object_id)
        WHERE a.tides_id = m.tides_id AND c.tns_name IS NOT NULL ORDER BY c.tns_name) AS tns_names,
    m.pk_4most, coalesce(t.ostd_targ_id, h.ostd_targ_id) AS ostd_targ_id,
    coalesce(t.ostd_u_obj_id, h.ostd_u_obj_id) AS ostd_u_obj_id,
    f.told_at, f.date_ingested, f.attempt, f.sending_since, f.refusal, f.problem, f.held,
    f.told ->> 'is_active' AS active_there, f.wanted ->> 'is_active' AS active_wanted,
    f.wanted IS NOT DISTINCT FROM f.told AS agreed,
    (SELECT string_agg(format(
            '%%s (%%s, %%s)', k.pk, CASE WHEN k.id = m.tides_id THEN k.status ELSE 'of ' || k.name END, k.learnt_how), ', ' ORDER BY k.pk)
        FROM tides.fourmost_key AS k WHERE k.id = ANY (ARRAY(
            SELECT m.tides_id UNION ALL SELECT o.tides_id FROM tides.tides_master AS o WHERE o.merged_into = m.tides_id
        ))) AS keys
FROM tides.target AS m
LEFT JOIN tides.tides_master AS t USING (tides_id)
LEFT JOIN tides.tides_hosts AS h USING (tides_id)
LEFT JOIN tides.listed AS q USING (tides_id)
LEFT JOIN tides.reason_in_words AS r USING (tides_id)
LEFT JOIN tides.fourmost_target AS f ON f.id = m.tides_id
WHERE tides_id = %(tides_id)s;
