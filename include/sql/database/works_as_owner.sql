-- Adds nothing. Out: a row when `migrate` should work as tides_owner: we may, and the schema is its own, or is still to come
-- in a database where it may make one. So what one login makes, another login of the group can change.
SELECT
FROM pg_roles AS r
LEFT JOIN pg_namespace AS n ON n.nspname = 'tides'
WHERE r.rolname = 'tides_owner'
    AND pg_has_role(session_user, r.oid, 'SET')
    AND coalesce(n.nspowner = r.oid, has_database_privilege(r.oid, current_database(), 'CREATE'));
