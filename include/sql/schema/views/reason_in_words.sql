-- Why each target and host is as it is, in words for people. Nothing decides by them.
CREATE OR REPLACE VIEW tides.reason_in_words AS
SELECT tides_id, tides.why_in_words(why, why_detail) AS words
FROM tides.tides_master
UNION ALL
SELECT tides_id, tides.host_why_in_words(why, why_detail)
FROM tides.tides_hosts;
COMMENT ON VIEW tides.reason_in_words IS 'Why a target or host is as it is, in words for people: nothing may decide by them';
