-- Why a host galaxy is wanted at 4MOST or not, in a few words. In: tides_hosts.why and why_detail.
CREATE OR REPLACE FUNCTION tides.host_why_in_words(why tides.host_why, detail jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT CASE why
    WHEN 'not_asked_for' THEN 'hosts are not asked for'
    WHEN 'no_target' THEN 'no target lies in it'
    WHEN 'observed' THEN concat('observed by ', detail ->> 'source')
    WHEN 'transient_live' THEN 'its transient is live'
    WHEN 'redshift_known' THEN 'its redshift is known'
    WHEN 'transient_gone' THEN 'its transient is gone'
    WHEN 'transient_seen_lately' THEN 'its transient was seen lately'
    WHEN 'transient_unwanted' THEN 'its transient is not wanted'
    WHEN 'transient_excluded' THEN concat('its transient is ', detail ->> 'class')
    ELSE why::text
END
$$;
COMMENT ON FUNCTION tides.host_why_in_words IS 'Why a host galaxy is wanted at 4MOST or not, in a few words for people';
