-- The one place that sets `active`, on and off, for every target that may change: as tides.live_verdict says. In: the settings and what
-- is stored. Out: tides_master.active and why, the remembered `faint` of each alias, an event for each target that is
-- recurrent or reclassified, and a row of tides_history for each that is switched, with the reason in words; the same of
-- tides_hosts. Changes nothing in a replay. Can be repeated: it is a function of what is stored and of the clock.
{% include "database/master_lock.sql" %}
{% include "targets/set_limits.sql" %}
{% include "targets/judge_targets.sql" %}

UPDATE tides.tides_alias AS a
SET faint = s.faint
FROM verdict AS v
CROSS JOIN LATERAL jsonb_to_recordset(v.surveys) AS s (survey text, faint boolean)
WHERE (a.tides_id, a.survey) = (v.tides_id, s.survey)
    AND a.faint <> s.faint;

INSERT INTO tides.event (kind, subject, detail)
SELECT CASE v.why WHEN 'recurrent' THEN 'recurrent target' ELSE 'reclassified target' END, v.name, v.detail || jsonb_build_object('tides_id', v.tides_id)
FROM verdict AS v
WHERE v.why IN ('recurrent', 'reclassified') AND v.was <> v.why
ORDER BY v.name
ON CONFLICT (kind, subject) WHERE closed_at IS NULL DO NOTHING;

UPDATE tides.event AS e
SET closed_at = now()
FROM verdict AS v
WHERE (e.kind, e.subject) = ('reclassified target', v.name)
    AND e.closed_at IS NULL
    AND v.was = 'reclassified' AND v.why <> 'reclassified';

{% include "targets/switch_targets.sql" %}

INSERT INTO tides.tides_history (tides_id, step, reason, at)
SELECT
    tides_id,
    CASE
        WHEN why IN ('vetoed', 'forced', 'observed') THEN why::text
        WHEN active THEN 'reactivated'
        ELSE 'deactivated'
    END,
    CASE WHEN why = 'live' AND was = 'reclassified' THEN format('no longer %%s; ', tides.why_in_words(was, was_detail))
        ELSE '' END || tides.verdict_in_words(why, detail, surveys),
    now()
FROM verdict
WHERE active <> (was_active OR was = 'new')  -- a new target is taken to be live until it is judged
ORDER BY tides_id;

{% include "targets/queue_hosts.sql" %}

-- The objects and cells of nights counted long ago are not needed any more.
DELETE FROM tides.night_seen AS n
USING tides.survey_limits AS l, tides.live_limits AS x
WHERE n.stream = ANY (l.streams)
    AND n.night < tides.night(l.survey, tides.jd_utc(now()) - 2 * x.unobserved_days)
    AND %(live)s::boolean;

-- What was not seen since is off by its days of silence, which are counted to when the survey was read.
DELETE FROM tides.cell_night AS n
USING tides.survey_limits AS l, tides.caught_up AS c, tides.live_limits AS x
WHERE n.stream = ANY (l.streams)
    AND c.survey = l.survey
    AND n.night < tides.night(l.survey, c.jd - 2 * x.unobserved_days)
    AND %(live)s::boolean;
