-- Out: how far retention has come with each setting and part. Reads only.
SELECT what, part, at, jd, key, gone, moved_at FROM tides.retention_mark ORDER BY what, part;
