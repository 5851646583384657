-- In: the surveys as their modules describe them, as a JSON list. Out: a row each in tides.survey; none is ever deleted,
-- since aliases may name it. Can be repeated: what is the same is not written.
INSERT INTO tides.survey AS v (survey, precedence, night_kind, night_zero_jd)
SELECT *
FROM jsonb_to_recordset(%(surveys)s::jsonb) AS s (
    survey text, precedence integer, night_kind text, night_zero_jd double precision
)
ORDER BY survey
ON CONFLICT (survey) DO UPDATE
SET precedence = excluded.precedence,
    night_kind = excluded.night_kind,
    night_zero_jd = excluded.night_zero_jd
WHERE (v.precedence, v.night_kind, v.night_zero_jd)
    IS DISTINCT FROM (excluded.precedence, excluded.night_kind, excluded.night_zero_jd);
