-- Adds nothing. Out: who is logged in, what that login may do by being superuser or owner of the schema's tables, of which
-- of our group roles it is a member, and which of them do not exist.
SELECT
    session_user::text AS login,
    r.rolsuper AS superuser,
    EXISTS (
        SELECT FROM pg_class AS c
        WHERE c.relnamespace = to_regnamespace('tides') AND c.relkind = 'r' AND pg_has_role(r.oid, c.relowner, 'USAGE')
    ) AS owner,
    ARRAY(
        SELECT g.rolname::text FROM pg_roles AS g
        WHERE g.rolname IN ('tides_owner', 'tides_writer', 'tides_reader') AND pg_has_role(r.oid, g.oid, 'USAGE')
        ORDER BY g.rolname
    ) AS groups,
    ARRAY(
        SELECT wanted FROM unnest(ARRAY['tides_owner', 'tides_writer', 'tides_reader']) AS wanted
        WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted)
        ORDER BY wanted
    ) AS missing
FROM pg_roles AS r
WHERE r.rolname = session_user;
