-- In: what a refresh was told of a stream's objects; of each function in use the words that end a target which it
-- selected (its classes without those that it asks for), and of what none selected; how far apart two refreshes must be.
-- Out: tides_context: what speaks against each object, and whether two refreshes agree on it.
-- A refresh without a word (no class, no type) leaves open what was said before. Touches only rows that change, so that
-- it can be repeated: what is said again at once is still said once.
WITH told AS (
    SELECT *
    FROM jsonb_to_recordset(%(told)s::jsonb) AS t (
        object_id text, sherlock_class text, tns_name text, tns_type text, redshift double precision,
        host_redshift double precision
    )
), rule AS (
    SELECT *
    FROM jsonb_to_recordset(%(rules)s::jsonb) AS r (
        name text, hash text, live boolean, classes text[], tns_types text[], criteria text[]
    )
), verdict AS (            -- of each function in use, its newest one
    SELECT DISTINCT ON (s.object_id, s.function)
        s.object_id,
        CASE WHEN cardinality(r.criteria) > 0 THEN
            (SELECT string_agg(c ->> 'name', ', ' ORDER BY c ->> 'name') FROM jsonb_array_elements(s.criteria) AS c
                WHERE c ->> 'held' = 'false' AND c ->> 'name' = ANY (r.criteria))
        END AS failed
    FROM told AS t
    JOIN tides.verdict AS s ON (s.lane, s.survey, s.object_id) = ('live', %(survey)s, t.object_id)
    JOIN rule AS r ON r.name = s.function AND r.live
    WHERE s.merged_at IS NOT NULL
    ORDER BY s.object_id, s.function, s.selection_id DESC
), failing AS (            -- every function says that it cannot pass any more
    SELECT object_id, string_agg(DISTINCT failed, ', ' ORDER BY failed) AS failed
    FROM verdict
    GROUP BY object_id
    HAVING bool_and(failed IS NOT NULL)
), named AS (              -- whether the word speaks against it by each function that selected it
    SELECT
        s.object_id,
        bool_and(t.sherlock_class = ANY (r.classes)) AS class,
        bool_and(t.tns_type = ANY (r.tns_types)) AS tns_type
    FROM told AS t
    JOIN tides.selection AS s ON (s.lane, s.survey, s.object_id) = ('live', %(survey)s, t.object_id)
    JOIN rule AS r ON (r.name, r.hash) = (s.function, s.function_hash)
    WHERE s.passed
        AND s.merged_at IS NOT NULL
    GROUP BY s.object_id
), word AS (
    SELECT
        t.*,
        coalesce(t.sherlock_class, t.tns_type, f.failed) IS NULL AS silent,
        CASE               -- a spectrum at TNS is worth more than a catalogue: any other type protects
            WHEN coalesce(n.tns_type, t.tns_type = ANY (%(tns_types)s)) THEN t.tns_type || ' by TNS'
            WHEN t.tns_type IS NOT NULL THEN NULL
            WHEN coalesce(n.class, t.sherlock_class = ANY (%(classes)s)) THEN t.sherlock_class || ' by Sherlock'
            WHEN f.failed IS NOT NULL THEN 'fails ' || f.failed
        END AS against
    FROM told AS t
    LEFT JOIN failing AS f USING (object_id)
    LEFT JOIN named AS n USING (object_id)
), next AS (
    SELECT
        w.object_id, w.sherlock_class, w.tns_name, w.tns_type, w.redshift, w.host_redshift,
        CASE WHEN w.silent THEN c.against ELSE w.against END AS against,
        CASE WHEN x.turned THEN now() ELSE coalesce(c.said_since, now()) END AS said_since,
        CASE WHEN x.settles THEN w.against ELSE c.reclassified END AS reclassified,
        CASE WHEN x.settles AND w.against IS DISTINCT FROM c.reclassified THEN now() ELSE c.settled_at END AS settled_at
    FROM word AS w
    LEFT JOIN tides.tides_context AS c ON (c.survey, c.object_id) = (%(survey)s, w.object_id)
    CROSS JOIN LATERAL (
        SELECT
            NOT w.silent AND (w.against IS NULL) <> (c.against IS NULL) AS turned,
            coalesce(NOT w.silent AND (w.against IS NULL) = (c.against IS NULL)
                AND c.said_since <= now() - make_interval(secs => 3600 * %(hours_apart)s::double precision), false) AS settles
    ) AS x
)
INSERT INTO tides.tides_context AS c (
    survey, object_id, sherlock_class, tns_name, tns_type, redshift, host_redshift, against, said_since, reclassified,
    settled_at
)
SELECT
    %(survey)s, object_id, sherlock_class, tns_name, tns_type, redshift, host_redshift, against, said_since,
    reclassified, settled_at
FROM next
ORDER BY object_id
ON CONFLICT (survey, object_id) DO UPDATE
SET sherlock_class = excluded.sherlock_class,
    tns_name = excluded.tns_name,
    tns_type = excluded.tns_type,
    redshift = excluded.redshift,
    host_redshift = excluded.host_redshift,
    against = excluded.against,
    said_since = excluded.said_since,
    reclassified = excluded.reclassified,
    settled_at = excluded.settled_at
WHERE (c.*) IS DISTINCT FROM (excluded.*);
