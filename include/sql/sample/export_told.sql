-- In: a time. Out: what 4MOST answered that it holds of each target and host, after each create and change that it stored,
-- up to then. Reads only.
SELECT
    e.name, e.id AS tides_id, e.at, e.verb,
    r.a_row -> 'id' AS pk,
    r.a_row -> 'uploadedfor_survey_id' AS uploadedfor_survey_id,
    r.a_row -> 'subsurvey' AS subsurvey,
    r.a_row -> 'is_active' AS is_active,
    r.a_row -> 'ra' AS ra,
    r.a_row -> 'dec' AS dec,
    r.a_row -> 'mag' AS mag,
    r.a_row -> 'mag_err' AS mag_err,
    r.a_row -> 'mag_type' AS mag_type,
    r.a_row -> 'redshift_estimate' AS redshift_estimate,
    r.a_row -> 'template' AS template,
    r.a_row -> 'ruleset' AS ruleset,
    r.a_row -> 'cadence' AS cadence,
    r.a_row -> 'classification' AS classification,
    r.a_row -> 'date_latest' AS date_latest,
    r.a_row -> 't_exp_d' AS t_exp_d,
    r.a_row -> 't_exp_g' AS t_exp_g,
    r.a_row -> 't_exp_b' AS t_exp_b
FROM tides.fourmost_exchange AS e
CROSS JOIN LATERAL (
    SELECT CASE WHEN jsonb_typeof(e.content) = 'array' THEN e.content -> 0 ELSE e.content END AS a_row
) AS r
WHERE e.part = 'answer'
    AND e.outcome IN ('stored', 'found')
    AND e.at <= %(as_of)s
    AND jsonb_typeof(r.a_row) = 'object'
    AND coalesce(jsonb_array_length(CASE WHEN jsonb_typeof(e.content) = 'array' THEN e.content END), 1) = 1
    AND r.a_row ->> 'name' = e.name
ORDER BY e.id, e.exchange_id;
