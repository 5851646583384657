-- Why a target is live or not, in a few words. In: tides_master.why and why_detail.
CREATE OR REPLACE FUNCTION tides.why_in_words(why tides.why, detail jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT CASE why
    WHEN 'faint' THEN tides.off_in_words(detail)
    WHEN 'unobserved' THEN tides.off_in_words(detail)
    WHEN 'reclassified' THEN concat('reclassified: ', detail ->> 'said')
    WHEN 'observed' THEN concat('observed by ', detail ->> 'source')
    WHEN 'merged' THEN concat('merged into ', detail ->> 'into')
    WHEN 'unreachable' THEN 'out of reach'
    WHEN 'unselected' THEN 'no function in use selects it'
    WHEN 'live' THEN concat('live', '; to be judged again by ' || tides.to_judge_in_words(detail))
    WHEN 'unlisted' THEN concat('taken off the list ', detail ->> 'list')
    WHEN 'between_epochs' THEN format('%s of %s epochs; again from %s on',
        detail ->> 'spectra', detail ->> 'epochs', detail ->> 'until')
    WHEN 'host_only' THEN 'host only'
    ELSE why::text
END
$$;
COMMENT ON FUNCTION tides.why_in_words IS 'Why a target is live or not, in a few words for people';
