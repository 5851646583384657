-- A verdict of tides.live_verdict as a sentence with the facts behind it, for the history and for people who ask.
CREATE OR REPLACE FUNCTION tides.verdict_in_words(why tides.why, detail jsonb, surveys jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT CASE
    WHEN why IN ('vetoed', 'forced') THEN format('%s by %s: %s', why, detail ->> 'by', detail ->> 'reason')
    WHEN why = 'live' AND detail ? 'list' THEN format('%s on the list %s: %s of %s epochs',
        detail ->> 'entry', detail ->> 'list', detail ->> 'spectra', detail ->> 'epochs')
    WHEN why = 'unlisted' THEN format('%s by %s', tides.why_in_words(why, detail), detail ->> 'by')
    WHEN why = 'observed' THEN format('%s good spectra, the newest of %s by %s',
        detail ->> 'spectra', detail ->> 'night', detail ->> 'source')
    WHEN why = 'reclassified' THEN format('%s, said in refreshes from %s to %s', tides.why_in_words(why, detail),
        detail ->> 'since', detail ->> 'settled')
    WHEN why = 'recurrent' THEN format('recurrent: seen again at MJD %s after a long silence',
        round(((detail ->> 'seen_again_jd')::double precision - 2400000.5)::numeric, 1))
    WHEN why IN ('live', 'faint', 'unobserved') THEN (
        SELECT string_agg(tides.survey_in_words(s.part), '; ' ORDER BY s.part ->> 'survey')
        FROM jsonb_array_elements(surveys) AS s (part)
        WHERE why = 'live' OR (s.part ->> 'faint')::boolean OR (s.part ->> 'unobserved')::boolean
    ) || coalesce('; to be judged again by ' || tides.to_judge_in_words(detail), '')
    ELSE tides.why_in_words(why, detail)
END
$$;
COMMENT ON FUNCTION tides.verdict_in_words IS 'A verdict of tides.live_verdict as a sentence with the facts behind it';
