-- Each function and view that `migrate` has made: its newest form here, and all forms that it has had.
SELECT
    kind, name,
    (array_agg(sha256 ORDER BY schema_object_id DESC))[1] AS sha256,
    array_agg(sha256) AS forms
FROM tides.schema_object
GROUP BY kind, name
ORDER BY kind, name;
