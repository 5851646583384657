-- Who may read the views of these names, as the statements that grant it again once a view is made anew.
SELECT format(
    'GRANT %%s ON tides.%%I TO %%s%%s',
    a.privilege_type,
    c.relname,
    CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
    CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
) AS again, c.relname AS name
FROM pg_class AS c
CROSS JOIN LATERAL aclexplode(c.relacl) AS a
WHERE c.relkind = 'v' AND c.relnamespace = 'tides'::regnamespace AND c.relname = ANY (%(views)s)
    AND a.grantee <> c.relowner
ORDER BY again;
