-- Out: the state of the tables at the end of a run, as one row of counts.
SELECT
    (SELECT count(*) FROM tides.candidate WHERE lane = %(lane)s AND waiting) AS candidates_waiting,
    (SELECT count(*) FROM tides.candidate WHERE lane = %(lane)s AND problem IS NOT NULL) AS candidates_with_a_problem,
    (SELECT coalesce(sum((detail ->> 'objects')::integer), 0)::integer FROM tides.event
        WHERE kind = 'broker lost' AND last_seen_at >= now() - interval '1 day') AS broker_lost,
    (SELECT count(*) FROM tides.dead_letter) AS dead_letters,
    (SELECT count(*) FROM tides.dead_letter WHERE buried_at >= %(started_at)s) AS dead_letters_new,
    (SELECT count(*) FROM tides.selection WHERE run_id = %(run_id)s) AS verdicts_new,
    (SELECT count(DISTINCT (survey, object_id)) FROM tides.selection WHERE run_id = %(run_id)s AND passed) AS selected,
    (SELECT count(DISTINCT (c.survey, c.object_id)) FROM tides.candidate AS c
        WHERE c.lane = %(lane)s AND (c.ra IS NULL OR c.dec IS NULL)
            AND EXISTS (
                SELECT FROM tides.selection AS s
                WHERE (s.lane, s.survey, s.object_id) = (c.lane, c.survey, c.object_id) AND s.passed
            )
            AND NOT EXISTS (
                SELECT FROM tides.tides_alias AS a WHERE (a.survey, a.object_id) = (c.survey, c.object_id)
            )) AS without_position,
    counted.targets,
    (SELECT count(*) FROM tides.tides_master WHERE created >= %(started_at)s) AS targets_new,
    (SELECT count(*) FROM tides.tides_master WHERE updated >= %(started_at)s AND created < %(started_at)s)
        AS targets_changed,
    (SELECT count(*) FROM tides.tides_master WHERE active) AS live,
    (SELECT count(*) FROM tides.tides_master WHERE active AND control) AS control,
    counted.unreachable,
    counted.reclassified,
    counted.vetoed,
    counted.forced,
    counted.observed,
    counted.merged,
    (SELECT count(*) FROM tides.listed WHERE removed_at IS NULL) AS listed,
    (SELECT count(*) FROM tides.listed AS q JOIN tides.tides_master AS m USING (tides_id)
        WHERE q.removed_at IS NULL AND m.why = 'between_epochs') AS between_epochs,
    (SELECT count(*) FROM tides.listed AS q JOIN tides.tides_master AS m USING (tides_id)
        WHERE q.removed_at IS NULL AND m.why = 'observed') AS listed_done,
    counted.hosts,
    (SELECT count(*) FROM tides.tides_hosts WHERE active) AS hosts_wanted,
    (SELECT count(*) FROM tides.fourmost_target WHERE state = 'live' AND told ->> 'is_active' = 'true')
        + (SELECT count(*) FROM tides.fourmost_target WHERE differs AND state <> 'live' AND told ->> 'is_active' = 'true')
        AS active_at_4most,
    (SELECT count(*) FROM tides.active_at_4most AS a
        WHERE EXISTS (SELECT FROM tides.candidate_visit_target AS t WHERE t.target_id = a.id)) AS observable_next,
    (SELECT to_char(read_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM tides.visit_reading) AS visits_read_at,
    (SELECT count(*) FROM tides.fourmost_target WHERE told_at >= %(started_at)s) AS sent,
    (SELECT count(*) FROM tides.fourmost_target WHERE told_at >= %(started_at)s AND told ->> 'is_active' = 'false')
        AS deactivated,
    (SELECT count(*) FROM tides.fourmost_target
        WHERE differs AND wanted IS DISTINCT FROM told AND sending_since IS NULL AND refusal IS NULL AND held IS NULL
            AND wanted IS NOT NULL) AS waiting,
    (SELECT count(*) FROM tides.fourmost_target WHERE held IS NOT NULL) AS held,
    (SELECT count(*) FROM tides.fourmost_target WHERE date_ingested >= %(ingested_since)s::timestamptz) AS made_the_cut,
    (SELECT count(*) FROM tides.fourmost_target AS f JOIN tides.target AS m ON f.id = m.tides_id
        WHERE m.active AND f.date_ingested IS NULL AND m.active_since < %(cut_off)s::timestamptz) AS missed_the_cut,
    (SELECT count(*) FROM tides.fourmost_target WHERE differs AND sending_since IS NOT NULL) AS unknown,
    (SELECT count(*) FROM tides.fourmost_target WHERE refusal IS NOT NULL) AS refused,
    (SELECT count(*) FROM tides.fourmost_target WHERE state = 'live' AND problem IS NOT NULL) AS cannot_be_sent,
    (SELECT coalesce(sum(calls), 0)::integer FROM tides.lasair_call WHERE hour = date_trunc('hour', now())) AS lasair_calls
FROM (
    SELECT
        coalesce(sum(n) FILTER (WHERE kind = 'sn'), 0)::bigint AS targets,
        coalesce(sum(n) FILTER (WHERE kind = 'host'), 0)::bigint AS hosts,
        coalesce(sum(n) FILTER (WHERE NOT reachable), 0)::bigint AS unreachable,
        coalesce(sum(n) FILTER (WHERE why = 'reclassified'), 0)::bigint AS reclassified,
        coalesce(sum(n) FILTER (WHERE why = 'vetoed'), 0)::bigint AS vetoed,
        coalesce(sum(n) FILTER (WHERE why = 'forced'), 0)::bigint AS forced,
        coalesce(sum(n) FILTER (WHERE why = 'observed'), 0)::bigint AS observed,
        coalesce(sum(n) FILTER (WHERE merged), 0)::bigint AS merged
    FROM tides.target_count
) AS counted;
