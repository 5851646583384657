-- What a survey says of a target, with the numbers behind it. In: an element of `surveys` of tides.live_verdict.
CREATE OR REPLACE FUNCTION tides.survey_in_words(part jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT s.survey || ': ' || CASE
    WHEN s.faint AND s.bands IS NULL THEN 'faded before, nothing newer is known'
    WHEN s.faint THEN format('fainter than %s in %s since MJD %s',
        s.faint_limit, s.bands, round((s.since_jd - 2400000.5)::numeric, 1))
    WHEN s.unobserved THEN format('not seen in %s visits of its place since MJD %s (%s d)',
        s.silent_visits, round((s.last_jd - 2400000.5)::numeric, 1), round(s.silent_days::numeric))
    WHEN s.bands IS NULL THEN format('seen at MJD %s', round((s.last_jd - 2400000.5)::numeric, 1))
    ELSE format('%s mag in the brightest of %s, seen at MJD %s',
        round(s.brightest_mag::numeric, 2), s.bands, round((s.last_jd - 2400000.5)::numeric, 1))
END
FROM jsonb_to_record(part) AS s (
    survey text, faint boolean, unobserved boolean, last_jd double precision, silent_visits integer,
    silent_days double precision, brightest_mag double precision, bands text, since_jd double precision,
    faint_limit double precision
)
$$;
COMMENT ON FUNCTION tides.survey_in_words IS 'What a survey says of a target, with the numbers behind it';
