-- How two rows of target_band become one, `t` and `excluded`: of each magnitude the newer, or the brighter, with its date.
-- The end of an INSERT … ON CONFLICT DO UPDATE.
SET (newest_jd, newest_mag, newest_err, current_jd, current_mag, current_err) = (
        SELECT x.newest_jd, x.newest_mag, x.newest_err, x.current_jd, x.current_mag, x.current_err
        FROM (SELECT t.* UNION ALL SELECT excluded.*) AS x
        -- to the last column, so that two equal magnitudes give the same date whichever row comes first
        ORDER BY x.newest_jd DESC NULLS LAST, x.newest_err IS NULL, x.current_mag, x.current_jd DESC NULLS LAST
        LIMIT 1
    ),
    (brightest_jd, brightest_mag, brightest_err) = (
        SELECT x.brightest_jd, x.brightest_mag, x.brightest_err
        FROM (SELECT t.* UNION ALL SELECT excluded.*) AS x
        ORDER BY x.brightest_mag, x.brightest_jd
        LIMIT 1
    ),
    (limit_jd, limit_mag) = (
        SELECT x.limit_jd, x.limit_mag
        FROM (SELECT t.* UNION ALL SELECT excluded.*) AS x
        ORDER BY x.limit_jd DESC NULLS LAST, x.limit_mag
        LIMIT 1
    )
WHERE (t.*) IS DISTINCT FROM (excluded.*);
