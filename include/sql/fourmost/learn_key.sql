-- In: a primary key that 4MOST gave or showed us. Out: it is the target's current key, or a double where the target has
-- one already. The key of another party's row under our name is foreign.
INSERT INTO tides.fourmost_key AS k (pk, id, name, status, learnt_how)
SELECT
    %(pk)s, %(id)s, %(name)s,
    CASE WHEN %(foreign)s THEN 'foreign' WHEN EXISTS (
        SELECT FROM tides.fourmost_key WHERE (id, status) = (%(id)s, 'current')
    ) THEN 'double' ELSE 'current' END,
    %(how)s
ON CONFLICT (pk) DO NOTHING;
