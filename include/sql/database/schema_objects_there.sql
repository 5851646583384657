-- The views and functions of these names that the database has, each as DROP names it; adds nothing.
-- A function that a view's rows or text go into (`on_view`) has to go before the view can.
WITH
view_there AS (
    SELECT oid, reltype, relname
    FROM pg_class
    WHERE relkind = 'v' AND relnamespace = 'tides'::regnamespace AND relname = ANY (%(views)s)
)
SELECT 'view' AS kind, relname AS name, format('tides.%%I', relname) AS signature, true AS on_view
FROM view_there
UNION ALL
SELECT
    'function', p.proname, format('tides.%%I(%%s)', p.proname, pg_get_function_identity_arguments(p.oid)),
    EXISTS (
        SELECT
        FROM pg_depend AS d
        JOIN view_there AS v ON d.refobjid IN (v.oid, v.reltype)
        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
    )
FROM pg_proc AS p
WHERE p.pronamespace = 'tides'::regnamespace AND p.proname = ANY (%(functions)s);
