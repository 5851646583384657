-- In: the targets that are looked at, the filters (NULL: not asked for), an order and a place in it (NULL: its begin), and
-- how many. Out: those of them that pass, from that place on, with the number of all that pass. In each order what has no
-- value comes last. Each target is looked up by its id, however the planner guesses their number: hence OFFSET 0.
WITH passed AS (
    SELECT
        m.tides_id, m.name, m.ra, m.dec, m.active, m.why, m.why_detail, m.active_since, m.created, m.pk_4most,
        f.told_at, r.mag, r.mag_err, r.mag_type, r.subsurvey, s.state,
        count(*) OVER () AS number,
        CASE %(sort)s WHEN 'name' THEN m.name ELSE '' END AS by_text,
        CASE %(sort)s WHEN 'ra' THEN m.ra WHEN 'dec' THEN m.dec WHEN 'mag' THEN coalesce(r.mag, o.no_number) ELSE 0 END
            AS by_number,
        CASE %(sort)s
            WHEN 'since' THEN coalesce(m.active_since, o.no_time)
            WHEN 'told' THEN coalesce(f.told_at, o.no_time)
            ELSE o.no_time
        END AS by_time
    FROM unnest(%(ids)s::integer[]) AS u (tides_id)
    CROSS JOIN (
        SELECT
            CASE WHEN %(last_is_high)s::boolean THEN '9000-01-01Z' ELSE '1000-01-01Z' END::timestamptz AS no_time,
            CASE WHEN %(last_is_high)s::boolean THEN 1000 ELSE -1000 END::double precision AS no_number
    ) AS o
    CROSS JOIN LATERAL (SELECT * FROM tides.tides_master AS t WHERE t.tides_id = u.tides_id OFFSET 0) AS m
    LEFT JOIN LATERAL (
        SELECT
            t.told_at, coalesce(t.wanted, t.told, t.before_told) AS content, tides.state_at_4most(m.active, t) AS state
        FROM tides.fourmost_target AS t
        WHERE t.id = u.tides_id
        OFFSET 0
    ) AS f ON true
    CROSS JOIN LATERAL (
        SELECT
            CASE jsonb_typeof(f.content -> 'mag') WHEN 'number' THEN (f.content ->> 'mag')::double precision END AS mag,
            CASE jsonb_typeof(f.content -> 'mag_err')
                WHEN 'number' THEN (f.content ->> 'mag_err')::double precision
            END AS mag_err,
            f.content ->> 'mag_type' AS mag_type,
            f.content ->> 'subsurvey' AS subsurvey
    ) AS r
    CROSS JOIN LATERAL (SELECT coalesce(f.state, tides.state_at_4most(m.active, NULL)) AS state) AS s
    WHERE CASE %(scope)s
            WHEN 'live' THEN m.active
            WHEN 'ended' THEN NOT m.active
            WHEN 'never' THEN m.pk_4most IS NULL
            ELSE true
        END
        AND (%(state)s::text IS NULL OR s.state = %(state)s::text)
        AND (%(why)s::text IS NULL OR m.why::text = %(why)s::text)
        AND (%(subsurvey)s::text IS NULL OR r.subsurvey = %(subsurvey)s::text)
        AND (%(band)s::text IS NULL OR r.mag_type = %(band)s::text)
        AND (%(mag_from)s::double precision IS NULL OR r.mag >= %(mag_from)s::double precision)
        AND (%(mag_to)s::double precision IS NULL OR r.mag <= %(mag_to)s::double precision)
        AND (%(new_since)s::timestamptz IS NULL OR m.created >= %(new_since)s::timestamptz)
        AND (
            %(radius)s::double precision IS NULL
            OR tides.separation_arcsec(m.ra, m.dec, %(ra)s::double precision, %(dec)s::double precision)
                <= %(radius)s::double precision * 3600
        )
        AND (%(begins)s::text IS NULL OR starts_with(m.name, %(begins)s::text) OR EXISTS (
            SELECT FROM tides.tides_alias AS a
            WHERE a.tides_id = m.tides_id AND starts_with(a.object_id, %(begins)s::text) OFFSET 0
        ))
        AND (%(survey)s::text IS NULL OR EXISTS (
            SELECT FROM tides.tides_alias AS a WHERE a.tides_id = m.tides_id AND a.survey = %(survey)s::text OFFSET 0
        ))
        AND (%(list)s::text IS NULL OR EXISTS (
            SELECT FROM tides.listed AS l
            WHERE l.tides_id = m.tides_id AND l.removed_at IS NULL AND %(list)s::text IN (l.list, 'any') OFFSET 0
        ))
        AND (%(decision)s::text IS NULL OR m.tides_id IN (
            SELECT d.tides_id FROM tides.current_decision AS d WHERE d.verb = %(decision)s::text
        ))
        AND (%(visit)s::text IS NULL OR s.state = 'active' AND EXISTS (
            SELECT FROM tides.candidate_visit_target AS t
            JOIN tides.candidate_visit AS v USING (visit_no)
            WHERE t.target_id = m.tides_id AND %(visit)s::text IN ('any', v.visit, v.tile, '#' || v.visit_no) OFFSET 0
        ))
), shown AS (
    SELECT p.*, row_number() OVER (ORDER BY
        CASE WHEN %(upwards)s::boolean THEN p.by_text END,
        CASE WHEN NOT %(upwards)s::boolean THEN p.by_text END DESC,
        CASE WHEN %(upwards)s::boolean THEN p.by_number END,
        CASE WHEN NOT %(upwards)s::boolean THEN p.by_number END DESC,
        CASE WHEN %(upwards)s::boolean THEN p.by_time END,
        CASE WHEN NOT %(upwards)s::boolean THEN p.by_time END DESC,
        CASE WHEN %(upwards)s::boolean THEN p.tides_id END,
        p.tides_id DESC
    ) AS place
    FROM passed AS p
    CROSS JOIN (
        SELECT
            CASE WHEN %(sort)s = 'name' THEN %(key)s::text ELSE '' END AS by_text,
            CASE WHEN %(sort)s IN ('ra', 'dec', 'mag') THEN %(key)s::double precision ELSE 0 END AS by_number,
            CASE WHEN %(sort)s IN ('since', 'told') THEN %(key)s::timestamptz END AS by_time
    ) AS k
    WHERE %(id)s::integer IS NULL
        OR CASE WHEN %(upwards)s::boolean
            THEN (p.by_text, p.by_number, p.by_time, p.tides_id)
                > (k.by_text, k.by_number, coalesce(k.by_time, p.by_time), %(id)s::integer)
            ELSE (p.by_text, p.by_number, p.by_time, p.tides_id)
                < (k.by_text, k.by_number, coalesce(k.by_time, p.by_time), %(id)s::integer)
        END
    ORDER BY place
    LIMIT %(most)s::integer
)
SELECT
    p.tides_id, p.name, p.ra, p.dec, p.active AS live, p.why::text AS why,
    tides.why_in_words(p.why, p.why_detail) AS reason, p.active_since AS live_since, p.created AS new_at, p.state,
    p.told_at, p.pk_4most, p.mag, p.mag_err, p.mag_type, p.subsurvey, a.objects, l.list, p.number
FROM shown AS p
LEFT JOIN LATERAL (
    SELECT string_agg(t.survey || ' ' || t.object_id, ', ' ORDER BY t.survey, t.object_id) AS objects
    FROM tides.tides_alias AS t WHERE t.tides_id = p.tides_id OFFSET 0
) AS a ON true
LEFT JOIN LATERAL (
    SELECT t.list FROM tides.listed AS t WHERE t.tides_id = p.tides_id AND t.removed_at IS NULL OFFSET 0
) AS l ON true
ORDER BY p.place;
