-- In: new verdicts by their numbers, each with what it was made from, and the light curves (zlib). Out: of each lane,
-- object, function and hash the input of the first pass and of the last failure is kept, with its light curve. A repeat
-- changes nothing.
WITH given AS (
    SELECT i.*, decode(i.curve, 'hex') AS hash, s.lane, s.survey, s.object_id, s.function, s.function_hash, s.passed
    FROM jsonb_to_recordset(%(inputs)s::jsonb) AS i (
        selection_id bigint, curve text, known_until_jd double precision, sent_jd double precision, columns jsonb,
        contexts jsonb
    )
    JOIN tides.selection AS s USING (selection_id)
), kept AS (
    SELECT g.*
    FROM given AS g
    WHERE NOT g.passed OR NOT EXISTS (
        SELECT FROM tides.selection AS s
        JOIN tides.selection_input USING (selection_id)
        WHERE (s.lane, s.survey, s.object_id, s.function, s.function_hash)
                = (g.lane, g.survey, g.object_id, g.function, g.function_hash)
            AND s.passed
    )
), curves AS (
    INSERT INTO tides.judged_curve (survey, object_id, hash, raw)
    SELECT DISTINCT ON (k.object_id, c.hash) k.survey, k.object_id, c.hash, c.raw
    FROM kept AS k
    JOIN unnest(%(hash)b::bytea[], %(raw)b::bytea[]) AS c (hash, raw) USING (hash)
    ORDER BY k.object_id, c.hash
    ON CONFLICT DO NOTHING
), outdated AS (
    DELETE FROM tides.selection_input AS i
    USING tides.selection AS s, kept AS k
    WHERE i.selection_id = s.selection_id
        AND (s.lane, s.survey, s.object_id, s.function, s.function_hash)
            = (k.lane, k.survey, k.object_id, k.function, k.function_hash)
        AND NOT s.passed
        AND NOT k.passed
        AND s.selection_id < k.selection_id
)
INSERT INTO tides.selection_input (
    selection_id, survey, object_id, hash, known_until_jd, sent_jd, columns, contexts
)
SELECT selection_id, survey, object_id, hash, known_until_jd, sent_jd, columns, contexts
FROM kept
ORDER BY selection_id
ON CONFLICT DO NOTHING;
