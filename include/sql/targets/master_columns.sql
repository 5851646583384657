-- In: the temporary table `touched`, targets. Out: the columns of tides_master that follow from aliases and bands.
WITH place AS (
    SELECT DISTINCT ON (a.tides_id) a.tides_id, a.ra, a.dec, a.survey AS position_survey
    FROM touched
    JOIN tides.tides_alias AS a USING (tides_id)
    LEFT JOIN tides.survey AS v ON v.survey = a.survey
    WHERE a.ra IS NOT NULL
    ORDER BY a.tides_id, v.precedence, a.seen_jd DESC NULLS LAST, a.object_id
), history AS (
    SELECT
        a.tides_id,
        min(coalesce(a.first_jd, a.seen_jd)) AS jdmin,
        max(greatest(a.seen_jd, a.last_jd)) AS jdmax,
        sum(a.ncandgp)::integer AS ncandgp,
        (array_agg(a.sherlock_class ORDER BY a.known_at DESC, a.object_id)
            FILTER (WHERE a.sherlock_class IS NOT NULL))[1] AS sherlock_class
    FROM touched
    JOIN tides.tides_alias AS a USING (tides_id)
    GROUP BY a.tides_id
), photometry AS (
    SELECT
        b.tides_id,
        min(b.brightest_mag) FILTER (WHERE b.band = 'r') AS magrmin,
        min(b.brightest_mag) FILTER (WHERE b.band = 'g') AS maggmin,
        (array_agg(b.newest_mag ORDER BY b.newest_jd DESC) FILTER (WHERE b.band = 'r' AND b.newest_jd IS NOT NULL))[1]
            AS rmag,
        (array_agg(b.newest_mag ORDER BY b.newest_jd DESC) FILTER (WHERE b.band = 'g' AND b.newest_jd IS NOT NULL))[1]
            AS gmag,
        max(b.newest_jd) FILTER (WHERE b.band = 'g') AS jdgmax,
        max(b.newest_jd) FILTER (WHERE b.band = 'r') AS jdrmax
    FROM touched
    JOIN tides.target_band AS b USING (tides_id)
    GROUP BY b.tides_id
), new AS (
    SELECT
        p.tides_id, p.ra, p.dec, p.position_survey,
        p.dec BETWEEN %(dec_min_deg)s::double precision AND %(dec_max_deg)s::double precision
            AND abs(tides.galactic_latitude(p.ra, p.dec)) >= %(galactic_latitude_min_deg)s::double precision
            AS reachable,
        h.jdmin, h.jdmax, h.ncandgp, h.sherlock_class,
        f.magrmin, f.maggmin, f.rmag, f.gmag, f.jdgmax, f.jdrmax
    FROM place AS p
    JOIN history AS h USING (tides_id)
    LEFT JOIN photometry AS f USING (tides_id)
)
UPDATE tides.tides_master AS m
SET ra = n.ra,
    dec = n.dec,
    position_survey = n.position_survey,
    reachable = n.reachable,
    jdmin = n.jdmin,
    jdmax = n.jdmax,
    ncandgp = n.ncandgp,
    sherlock_class = n.sherlock_class,
    magrmin = n.magrmin,
    maggmin = n.maggmin,
    rmag = n.rmag,
    gmag = n.gmag,
    jdgmax = n.jdgmax,
    jdrmax = n.jdrmax,
    updated = now()
FROM new AS n
WHERE m.tides_id = n.tides_id
    AND (
        m.ra, m.dec, m.position_survey, m.reachable, m.jdmin, m.jdmax, m.ncandgp, m.sherlock_class,
        m.magrmin, m.maggmin, m.rmag, m.gmag, m.jdgmax, m.jdrmax
    ) IS DISTINCT FROM (
        n.ra, n.dec, n.position_survey, n.reachable, n.jdmin, n.jdmax, n.ncandgp, n.sherlock_class,
        n.magrmin, n.maggmin, n.rmag, n.gmag, n.jdgmax, n.jdrmax
    );
