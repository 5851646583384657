-- In: a target, or a survey's object, the other one NULL. Out: what retention took from the objects that it is.
SELECT
    p.survey, p.object_id, cardinality(p.judged_at) AS verdicts,
    (SELECT min(j) FROM unnest(p.judged_at) AS u (j)) AS first_judged_at,
    (SELECT max(j) FROM unnest(p.judged_at) AS u (j)) AS last_judged_at,
    p.light_curve_stored_at, p.pruned_at
FROM tides.pruned_object AS p
WHERE (p.survey, p.object_id) IN (
    SELECT a.survey, a.object_id FROM tides.tides_alias AS a WHERE a.tides_id = %(tides_id)s
    UNION ALL
    SELECT %(survey)s::text, %(object_id)s::text
)
ORDER BY p.survey, p.object_id;
