-- In: a survey's object, how many at most. Out: its newest verdicts in any lane, the newest first: by which version of which
-- function, whether that one is in use, and each criterion's outcome on the whole light curve. Each row tells how many
-- verdicts there are in all, and when the first was.
SELECT
    s.lane, s.stream, s.function, s.function_hash, s.judged_at, s.passed, s.passes_now, s.context_until_jd, s.control,
    s.criteria, s.trigger_jd, s.trigger_known, s.input_hash, s.run_id, s.code_version,
    EXISTS (
        SELECT FROM tides.function_in_use AS u WHERE (u.stream, u.name, u.hash) = (s.stream, s.function, s.function_hash)
    ) AS in_use,
    count(*) OVER () AS of_all,
    min(s.judged_at) OVER () AS first_judged_at
FROM tides.verdict AS s
WHERE (s.survey, s.object_id) = (%(survey)s, %(object_id)s)
ORDER BY s.selection_id DESC
LIMIT %(newest)s;
