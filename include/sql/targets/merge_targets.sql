-- In: the temporary table `touched`, targets whose position or dates may have changed; merges that a person has written
-- down (tides_master.merged_into). Out: two targets within the radius and the days of one identity are one: the older
-- stays, and has the objects, magnitudes, spectra and decisions of both; `touched` holds those that took something in.
-- Changes nothing in a replay. Can be repeated: whatever lies with a target that is merged moves on to the one that
-- stays, also what is written there later. No merge is undone. More pairs at once than the limit show a fault upstream,
-- which has put them in one place: then none is merged, and an event is open.
WITH near AS (
    SELECT
        least(t.tides_id, o.tides_id) AS kept,
        greatest(t.tides_id, o.tides_id) AS merged,
        tides.separation_arcsec(t.ra, t.dec, o.ra, o.dec) AS separation_arcsec
    FROM touched
    JOIN tides.tides_master AS t USING (tides_id)
    JOIN tides.tides_master AS o
        ON o.dec BETWEEN t.dec - %(radius_arcsec)s::double precision / 3600
            AND t.dec + %(radius_arcsec)s::double precision / 3600
    WHERE o.tides_id <> t.tides_id
        AND tides.separation_arcsec(t.ra, t.dec, o.ra, o.dec) <= %(radius_arcsec)s::double precision
        AND t.jdmin - o.jdmax < %(identity_days)s::double precision
        AND o.jdmin - t.jdmax < %(identity_days)s::double precision
        AND t.merged_into IS NULL
        AND o.merged_into IS NULL
        AND %(live)s::boolean
), pair AS (
    SELECT DISTINCT ON (merged) *
    FROM near
    ORDER BY merged, kept
), counted AS (
    SELECT count(*) AS pairs, count(*) > %(most_merges)s::integer AS too_many
    FROM pair
), held AS (
    INSERT INTO tides.event AS e (kind, subject, detail)
    SELECT 'too many merges', 'targets', jsonb_build_object('pairs', pairs, 'limit', %(most_merges)s::integer)
    FROM counted
    WHERE too_many
    ON CONFLICT (kind, subject) WHERE closed_at IS NULL
    DO UPDATE SET seen = e.seen + 1, last_seen_at = now(), detail = excluded.detail
), over AS (
    UPDATE tides.event AS e
    SET closed_at = now()
    FROM counted AS c
    WHERE (e.kind, e.subject) = ('too many merges', 'targets')
        AND e.closed_at IS NULL
        AND c.pairs > 0
        AND NOT c.too_many
), joined AS (             -- what lies in a row, each near the next alone, is no single place: one step at a time
    UPDATE tides.tides_master AS m
    SET merged_into = p.kept,
        updated = now()
    FROM pair AS p
    WHERE m.tides_id = p.merged
        AND NOT EXISTS (SELECT FROM pair AS q WHERE q.merged = p.kept)
        AND NOT (SELECT too_many FROM counted)
    RETURNING m.tides_id, p.kept, p.separation_arcsec
)
INSERT INTO tides.tides_history (tides_id, step, reason, at)
SELECT j.tides_id, 'merged', format('into %%s: %%s arcsec apart', k.name, round(j.separation_arcsec::numeric, 2)), now()
FROM joined AS j
JOIN tides.tides_master AS k ON k.tides_id = j.kept
ORDER BY j.tides_id;

UPDATE tides.tides_master AS m
SET merged_into = k.merged_into
FROM tides.tides_master AS k
WHERE k.tides_id = m.merged_into
    AND k.merged_into IS NOT NULL;

-- Only what was noted as changed can have something to move, a target that was merged above as well.
CREATE TEMPORARY TABLE moved ON COMMIT DROP AS
SELECT m.*
FROM tides.merged_with_rows AS m
WHERE %(live)s::boolean
    AND (
        m.tides_id IN (SELECT c.tides_id FROM tides.changed_target AS c WHERE c.tides_id IS NOT NULL)
        OR EXISTS (SELECT FROM tides.changed_target AS c WHERE c.tides_id IS NULL)
    );
ANALYZE moved;

UPDATE tides.tides_alias AS a
SET tides_id = v.kept
FROM moved AS v
WHERE a.tides_id = v.tides_id;

UPDATE tides.operator_decision AS d
SET tides_id = v.kept
FROM moved AS v
WHERE d.tides_id = v.tides_id;

INSERT INTO tides.tides_spectrum AS t (tides_id, night, state, snr, source, recorded_at)
SELECT DISTINCT ON (v.kept, s.night, s.source) v.kept, s.night, s.state, s.snr, s.source, s.recorded_at
FROM moved AS v
JOIN tides.tides_spectrum AS s USING (tides_id)
ORDER BY v.kept, s.night, s.source, s.recorded_at DESC
ON CONFLICT (tides_id, night, source) DO UPDATE
SET state = excluded.state,
    snr = excluded.snr,
    recorded_at = excluded.recorded_at
WHERE excluded.recorded_at > t.recorded_at;

DELETE FROM tides.tides_spectrum AS s
USING moved AS v
WHERE s.tides_id = v.tides_id;

INSERT INTO tides.target_band AS t
SELECT DISTINCT ON (v.kept, b.survey, b.band)
    v.kept, b.survey, b.band, b.newest_jd, b.newest_mag, b.newest_err, b.current_jd, b.current_mag, b.current_err,
    b.brightest_jd, b.brightest_mag, b.brightest_err, b.limit_jd, b.limit_mag
FROM moved AS v
JOIN tides.target_band AS b USING (tides_id)
ORDER BY v.kept, b.survey, b.band, b.newest_jd DESC NULLS LAST, b.brightest_mag, b.brightest_jd, b.current_mag,
    b.current_jd DESC NULLS LAST, b.limit_jd DESC NULLS LAST, b.limit_mag
ON CONFLICT (tides_id, survey, band) DO UPDATE
{% include "targets/newer_of_both.sql" %}

DELETE FROM tides.target_band AS b
USING moved AS v
WHERE b.tides_id = v.tides_id;

-- Its hosts, where the other one has none yet.
INSERT INTO tides.host_candidate (tides_id, host_id, rank, separation_arcsec)
SELECT v.kept, c.host_id, c.rank, c.separation_arcsec
FROM moved AS v
JOIN tides.host_candidate AS c USING (tides_id)
WHERE NOT EXISTS (SELECT FROM tides.host_candidate AS o WHERE o.tides_id = v.kept)
ORDER BY v.kept, v.tides_id, c.rank
ON CONFLICT DO NOTHING;

DELETE FROM tides.host_candidate AS c
USING moved AS v
WHERE c.tides_id = v.tides_id;

-- A kept host-only target takes the template of a merged one that is not host only. A reactivation by a person holds
-- for both.
UPDATE tides.tides_master AS k
SET template = CASE WHEN k.why = 'host_only' AND m.why <> 'host_only' THEN m.template ELSE k.template END,
    reactivated_jd = greatest(k.reactivated_jd, m.reactivated_jd)
FROM moved AS v
JOIN tides.tides_master AS m USING (tides_id)
WHERE k.tides_id = v.kept;

TRUNCATE touched;
INSERT INTO touched SELECT DISTINCT kept FROM moved;
