-- In: streams, a function, a survey, and a time (JD UTC). Out: each target that the function selected for the first time
-- in it: for the control sample alone or not, by which definition, where, how bright each band ever was on the survey,
-- what TNS calls it and its redshift there, and whether it has a good spectrum.
WITH selected AS (
    SELECT
        a.tides_id,
        bool_and(s.control) AS control,
        (array_agg(s.function_hash ORDER BY s.selection_id))[1] AS function_hash
    FROM tides.selection AS s
    JOIN tides.tides_alias AS a USING (survey, object_id)
    WHERE s.lane = %(lane)s
        AND s.stream = ANY (%(streams)s)
        AND s.function = %(function)s
        AND s.passed
        AND s.merged_at IS NOT NULL
    GROUP BY a.tides_id
    HAVING min(coalesce(s.trigger_jd, s.last_jd)) >= %(from_jd)s
        AND min(coalesce(s.trigger_jd, s.last_jd)) < %(to_jd)s
)
SELECT
    m.name, m.ra, m.dec, s.control, s.function_hash, c.tns_type, c.redshift,
    EXISTS (SELECT FROM tides.good_spectrum AS g WHERE g.tides_id = m.tides_id) AS has_spectrum,
    (
        SELECT coalesce(jsonb_object_agg(b.band, b.brightest_mag), '{}')
        FROM tides.target_band AS b
        WHERE b.tides_id = m.tides_id AND b.survey = %(survey)s AND b.brightest_mag IS NOT NULL
    ) AS brightest
FROM selected AS s
JOIN tides.tides_master AS m USING (tides_id)
CROSS JOIN LATERAL (
    SELECT max(c.tns_type) AS tns_type, coalesce(max(c.redshift), max(c.host_redshift)) AS redshift
    FROM tides.tides_alias AS a
    JOIN tides.tides_context AS c USING (survey, object_id)
    WHERE a.tides_id = m.tides_id
) AS c
WHERE m.merged_into IS NULL
ORDER BY m.tides_id;
